using System.Text.Json;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;

namespace TreasureHunt.Tests.Benchmarks.Profile;

/// <summary>
/// bench profile: has an action become dearer? A small fixed list of actions through the lanes, and one through the idiomatic arm, in a minute. Bytes hang little on the
/// machine and are compared with the figure that is checked in; processor time hangs on it, so what is compared is its ratio to the reference arm's in the same run:
/// that of all processes that work for an action, so that none gets cheaper at another's cost.
/// As fast as it goes, for then batches are large and what they cost as such hardly counts: at a fixed rate their size, and with it every figure, hangs on the machine.
/// </summary>
public static class ProfileBenchmark
{
    private const int Hunts = 100, Seed = 20261126;

    /// <summary>So many that what is compiled on the way hardly counts.</summary>
    private const int LanesActions = 100_000, ReferenceActions = 6_000;

    /// <summary>What a figure may rise by. A machine under other load can raise one: it must rise in each of the tries.</summary>
    private const double MoreBytes = 0.15, MoreCpu = 0.25;

    private const int Tries = 3;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static string Kept => Path.Combine(Box.RepositoryRoot(), "tests/Benchmarks/profile.json");

    public static async Task<ExitCode> RunAsync(ProfilePlan plan, string command, TimeProvider time, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        await using var box = await ThrowAwayBox.CreateAsync("bench");
        await using var servers = await BenchServers.StartAsync(box.Box, new BenchSeed(Hunts), at, cancel);

        var kept = plan.Update ? null : JsonSerializer.Deserialize<Profile>(await File.ReadAllTextAsync(Kept, cancel), Format)!;
        var figures = await TryAsync(kept, async () =>
        {
            var figure = await MeasureAsync(servers, at, time, cancel);
            Screen.Note($"  {figure}");
            return figure;
        });

        var result = new ProfileResult(at, await BenchReport.CommitAsync(cancel), command, kept, figures);
        if (plan.Json) Screen.Json(result);
        if (kept is null)
        {
            if (figures[0].AllCpuToReference is null)
                throw new CommandFailed(ExitCode.Failed, "Nothing was kept: PostgreSQL's and the broker's processes cannot be seen from here, and what is kept is of all processes.");
            await File.WriteAllTextAsync(Kept, JsonSerializer.Serialize(figures[0], Format) + "\n", cancel);
            Screen.Note($"kept in {Kept}");
            return ExitCode.Ok;
        }
        if (kept.AllCpuToReference is null) Screen.Note("profile.json keeps nothing of all processes together yet (./hunt bench profile --update): the processor alone is compared.");
        else if (figures.Any(figure => figure.AllCpuToReference is null)) Screen.Note("PostgreSQL's and the broker's processes cannot be seen from here: the processor alone is compared.");
        foreach (var worse in Worse(figures, kept)) Screen.Note(worse);
        return Worse(figures, kept).Any() ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Measures until nothing rose too much, three times at most.</summary>
    /// <param name="kept">null: nothing to compare with, once is enough</param>
    public static async Task<IReadOnlyList<Profile>> TryAsync(Profile? kept, Func<Task<Profile>> measure)
    {
        var figures = new List<Profile>();
        do figures.Add(await measure());
        while (kept is not null && figures.Count < Tries && Worse(figures, kept).Any());
        return figures;
    }

    /// <summary>The figures that rose too much, the least of the tries.</summary>
    public static IEnumerable<string> Worse(IReadOnlyList<Profile> figures, Profile kept)
    {
        var bytes = figures.Min(figure => figure.AllocatedBytes);
        if (bytes > kept.AllocatedBytes * (1 + MoreBytes))
            yield return $"An action allocates {bytes:#,0} bytes in the processor; {kept.AllocatedBytes:#,0} are kept in profile.json, {MoreBytes:0%} more is the most.";
        var (who, cpu, keptCpu) = kept.AllCpuToReference is { } all && figures.All(figure => figure.AllCpuToReference is not null)
            ? ("all processes together", figures.Min(figure => figure.AllCpuToReference!.Value), all)
            : ("the processor", figures.Min(figure => figure.ProcessorToReference), kept.ProcessorToReference);
        if (cpu > keptCpu * (1 + MoreCpu))
            yield return $"An action costs {who} {cpu:0.000} of what it costs the idiomatic arm; {keptCpu:0.000} are kept in profile.json, {MoreCpu:0%} more is the most.";
    }

    private static async Task<Profile> MeasureAsync(BenchServers servers, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        Cost lanes, reference;
        await using (var arm = await LanesArm.StartAsync(servers, BenchArms.Lanes, cancel)) lanes = await CostAsync(arm, LanesActions);
        await using (var arm = await GuessArm.StartAsync(servers, Rival.All[0], Rival.All[0].Fastest, cancel)) reference = await CostAsync(arm, ReferenceActions);
        var seen = new[] { lanes, reference }.All(cost => cost is { Postgres: not null, Broker: not null });
        return new Profile(
            Math.Round(lanes.AllocatedBytes), seen ? Math.Round(lanes.Total / reference.Total, 4) : null, Math.Round(lanes.Total), Math.Round(reference.Total),
            Math.Round(lanes.Processor / reference.Processor, 4), Math.Round(lanes.Processor), Math.Round(reference.Processor));

        async Task<Cost> CostAsync(IArm arm, int count)
        {
            var source = new ActionSource(Hunts, Seed, at, servers.Seal);
            var sent = new List<AcceptedAction>();
            await LoopAsync(); // warms up
            await Task.Delay(Rest, time, cancel);
            await arm.Database.CheckpointAsync(cancel);
            var workers = Workers.Of(servers, arm);
            var before = await Reading.TakeAsync(arm, workers, cancel);
            await LoopAsync();
            var cost = Cost.Between(before, await Reading.TakeAsync(arm, workers, cancel), count);
            var books = await Conservation.CheckAsync(arm, sent, servers.SeedEvents, cancel);
            return books.Holds ? cost : throw new CommandFailed(ExitCode.Failed, $"{arm.Name}: NOT CONSERVED: {books}");

            async Task LoopAsync()
            {
                var actions = source.Take(count);
                await ClosedLoop.RunAsync(arm, actions, servers.SeedEvents, sent.Count, time, cancel);
                sent.AddRange(actions);
            }
        }
    }
}

/// <summary>What an action costs.</summary>
/// <param name="AllocatedBytes">on the managed heap of the deciding process</param>
/// <param name="AllCpuToReference">
/// processor time of all processes of the arm (decision, PostgreSQL, broker, generator with the lane writers), as a share of the idiomatic arm's; null: the servers' cannot be seen,
/// or in profile.json, it was not measured since that is what is compared
/// </param>
/// <param name="AllCpuMicros">for reading only; without the servers where they cannot be seen</param>
/// <param name="ReferenceAllCpuMicros">for reading only</param>
/// <param name="ProcessorToReference">of the deciding process alone: compared only where that of all is not known</param>
/// <param name="ProcessorMicros">for reading only</param>
/// <param name="ReferenceProcessorMicros">for reading only</param>
public sealed record Profile(
    double AllocatedBytes, double? AllCpuToReference, double AllCpuMicros, double ReferenceAllCpuMicros, double ProcessorToReference, double ProcessorMicros, double ReferenceProcessorMicros);

/// <summary>What --json prints.</summary>
/// <param name="Kept">what was compared with; null: nothing, the figures were kept</param>
public sealed record ProfileResult(DateTimeOffset At, string Commit, string Command, Profile? Kept, IReadOnlyList<Profile> Figures);
