using TreasureHunt.Cli.HuntFiles;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Tests.Unit.Samples;

public class SampleHuntTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "hunt.*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal)];

    private static string Folder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TreasureHunt.sln"))) folder = folder.Parent;
            return Path.Combine(folder!.FullName, "samples");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_sample_passes_the_check_without_a_remark(string file)
    {
        var (definition, problems) = HuntFile.Read(Path.Combine(Folder, file));
        Assert.Empty(problems);
        Assert.Equal(Path.GetDirectoryName(file), definition!.Hunt);
    }

    [Fact]
    public void Lisbon_shows_every_rule_a_hunt_can_have()
    {
        var treasures = HuntFile.Read(Path.Combine(Folder, "lisbon", "hunt.yaml")).Definition!.Treasures;
        Assert.InRange(treasures.Count, 12, 15);
        Assert.Contains(treasures, t => t.Needs?.All is not null);
        Assert.Contains(treasures, t => t.Needs?.Any is not null);
        Assert.Contains(treasures, t => t.Needs?.AtLeast is not null);
        Assert.Contains(treasures, t => t.Needs?.Points is not null);
        Assert.Contains(treasures, t => t.Needs?.After is not null);
        Assert.Contains(treasures, t => t.Value is { Fixed: null, Policy: ValuePolicy.Locked, Decay: Decay.Exponential });
        Assert.Contains(treasures, t => t.Value is { IsLive: true, Decay: Decay.Linear });
        Assert.Contains(treasures, t => t.Firsts.Count > 0);
        Assert.Contains(treasures, t => t.Copies is not null);
        Assert.Contains(treasures, t => t.Attempts is { Max: not null, Penalty: > 0 });
        Assert.Contains(treasures, t => t.Hints.Any(h => h.After is not null));
        Assert.Contains(treasures, t => t.NearMisses.Count > 0);
    }
}
