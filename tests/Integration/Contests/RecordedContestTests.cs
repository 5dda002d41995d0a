using TreasureHunt.Cli.Contests;
using TreasureHunt.Cli.Demo;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Contests;
using TreasureHunt.Tests.Integration.Ingress;

namespace TreasureHunt.Tests.Integration.Contests;

/// <summary>
/// The recorded contests through ingress, broker, two processors and store, as fast as it goes. With processors killed
/// and restarted on the way it is ./hunt demo --contest.
/// </summary>
public sealed class RecordedContestTests(WholeEngine engine) : IClassFixture<WholeEngine>, IAsyncLifetime
{
    private const double AtOnce = 1_000_000;
    private ProcessorApp _second = null!;

    public async Task InitializeAsync() => _second = await ProcessorApp.StartAsync(engine.Options with { Instance = "processor-2" });

    public async Task DisposeAsync() => await _second.DisposeAsync();

    [SkippableTheory]
    [InlineData(RecordedContests.EventFeed)]
    [InlineData(RecordedContests.Xcpcio)]
    [InlineData(RecordedContests.StandingsXml)]
    public async Task A_recorded_contest_comes_out_as_it_was_published(string name)
    {
        var folder = RecordedContests.Folder(name);
        var contest = await ContestFolder.ReadAsync(folder, default);
        await using var data = engine.Options.DataSource("books", maxPool: 2, idleInTransaction: null);
        var door = new EngineDoor(engine.Ingress.Http, engine.Options.TokenKey, new FactReader(data));

        var round = new ContestRound(door, contest, folder, AtOnce);
        await round.BeginAsync(default);
        await round.Replay.RunAsync(lastPartAfter: Task.CompletedTask, default);
        var result = await round.ConcludeAsync(default);

        Assert.All(result.Comparisons, c => Assert.True(c.Agrees, $"{c.What} against {c.Against}: {c.Equal}/{c.Of}; {string.Join("; ", c.Differences.Take(3))}"));
        Assert.Contains(result.Comparisons, c => c.Label == Label.Published);
        Assert.True(result.Books.Holds, string.Join("\n", result.Books.Problems));
        Assert.True(result.OrderKept);
    }
}
