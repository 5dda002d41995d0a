using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Recovery;

/// <summary>One hunt that everybody plays, its processor coming and going; every action it was ever given is counted at the end.</summary>
public sealed class LargeHunt(BenchServers servers, ArmDatabase database, DateTimeOffset start, TimeProvider time)
{
    /// <summary>Of the usual size: the one hunt has the teams of all of them.</summary>
    public const int Hunts = 400;

    private const int Seed = 20261201, ActionsPerLoop = 50_000;

    private readonly ActionSource _source = new(Hunts, Seed, start, servers.Seal, oneHunt: true);
    private readonly List<AcceptedAction> _sent = [];

    public static string Slug => BenchHunts.Hunt(Hunts);

    public ArmDatabase Database => database;

    /// <summary>Actions it was given.</summary>
    public int Count => _sent.Count;

    /// <summary>As fast as they go, then an orderly stop.</summary>
    public async Task PlayAsync(int actions, CancellationToken cancel)
    {
        await using var arm = await StartAsync(cancel);
        await PlayAsync(arm, actions, cancel);
    }

    public async Task PlayAsync(LanesArm arm, int actions, CancellationToken cancel)
    {
        for (var left = actions; left > 0; left -= ActionsPerLoop)
            await ClosedLoop.RunAsync(arm, Take(Math.Min(left, ActionsPerLoop)), await database.LastEventAsync(cancel), 0, time, cancel);
    }

    public Task<LanesArm> StartAsync(CancellationToken cancel) => LanesArm.StartAsync(servers, database.Lend(), configService: null, cancel);

    /// <summary>Starts a processor and gives it an action.</summary>
    /// <returns>ms from its start until it is ready, and from then until the outcome is back</returns>
    public async Task<(double Ready, double First)> StartAndAskAsync(Func<LanesArm, Task> then, CancellationToken cancel)
    {
        await using var arm = await StartAsync(cancel);
        var action = Take(1)[0] with { AcceptedAt = time.GetUtcNow() };
        var asked = Stopwatch.GetTimestamp();
        await arm.AskAsync(action);
        var first = Stopwatch.GetElapsedTime(asked);
        await then(arm);
        return (arm.Process.ReadyAfter.TotalMilliseconds, first.TotalMilliseconds);
    }

    /// <exception cref="CommandFailed">an action was lost, doubled or put out of order: there are no figures</exception>
    public async Task<Conservation> CheckAsync(CancellationToken cancel)
    {
        await using var arm = await StartAsync(cancel);
        var books = await Screen.StepAsync($"count of {_sent.Count:#,0} actions", () => Conservation.CheckAsync(arm, _sent, servers.SeedEvents, cancel));
        return books.Holds ? books : throw new CommandFailed(ExitCode.Failed, $"NOT CONSERVED: {books}");
    }

    private AcceptedAction[] Take(int count)
    {
        var taken = _source.Take(count);
        _sent.AddRange(taken);
        return taken;
    }
}
