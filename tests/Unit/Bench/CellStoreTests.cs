using TreasureHunt.Tests.Benchmarks.Claims;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class CellStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-cells-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_measured_at_this_commit_is_found_again()
    {
        At("abc1234").Keep("A1-healthy", new Figure(42, [1.5, 2.5]));
        var found = At("abc1234").Find("A1-healthy");
        Assert.Equal((42, 2.5), (found!.Knee, found.Loops[1]));
    }

    [Fact]
    public void Another_commits_cell_and_another_cell_are_not_found()
    {
        At("abc1234").Keep("A1-healthy", new Figure(42, []));
        Assert.Null(At("def5678").Find("A1-healthy"));
        Assert.Null(At("abc1234").Find("A1-healthy-short"));
        Assert.Null(At("abc1234").Find("A2-healthy"));
    }

    [Fact]
    public void A_tree_that_differs_from_its_commit_finds_nothing_and_leaves_nothing()
    {
        At("abc1234").Keep("A1-healthy", new Figure(42, []));
        At(null).Keep("A1-healthy", new Figure(7, []));
        Assert.Null(At(null).Find("A1-healthy"));
        Assert.Equal(42, At("abc1234").Find("A1-healthy")!.Knee);
    }

    [Fact]
    public void The_newest_figure_of_a_cell_holds()
    {
        At("abc1234").Keep("A1-healthy", new Figure(42, []));
        At("abc1234").Keep("A1-healthy", new Figure(43, []));
        Assert.Equal(43, At("abc1234").Find("A1-healthy")!.Knee);
    }

    [Fact]
    public void A_file_that_is_cut_off_is_measured_again()
    {
        At("abc1234").Keep("A1-healthy", new Figure(42, []));
        var file = Directory.GetFiles(_folder).Single();
        File.WriteAllText(file, File.ReadAllText(file)[..^5]);
        Assert.Null(At("abc1234").Find("A1-healthy"));
    }

    private CellStore<Figure> At(string? commit) => new(_folder, commit);

    private sealed record Figure(double Knee, IReadOnlyList<double> Loops);
}
