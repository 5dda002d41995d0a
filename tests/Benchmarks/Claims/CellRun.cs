using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;

namespace TreasureHunt.Tests.Benchmarks.Claims;

/// <summary>Measures one cell: warm-up, closed loops, the ladder, the rate all are compared at, and the count of all actions at the end.</summary>
public sealed class CellRun(BenchServers servers, bool brief, TimeProvider time)
{
    private const int Hunts = 400, Seed = 20261126;

    /// <summary>Share of A1's knee at which all arms are compared.</summary>
    public const double EqualShare = 0.80;

    /// <summary>Of ten changes a second events name at least these, or what is looked up is not used. The lane plan alone makes two.</summary>
    private const int LeastVersions = 5;

    /// <summary>Actions per second before the ladder: what a closed loop warms is not all that single actions go through, and the first steps would pay for it.</summary>
    private const double WarmUpRate = 1_000;

    private const double FirstRate = 500, LeastRate = 30, MostRate = 60_000;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1), BetweenChanges = TimeSpan.FromMilliseconds(100);

    private readonly int _warmUp = brief ? 1_000 : 8_000, _closed = brief ? 2_000 : 24_000, _loops = brief ? 1 : 3, _warmUpSteps = brief ? 1 : 3, _halvings = brief ? 0 : 2;

    private readonly TimeSpan _step = TimeSpan.FromSeconds(brief ? 1.5 : 4), _equal = TimeSpan.FromSeconds(brief ? 2 : 5);

    /// <summary>Around an outage, and its length.</summary>
    private readonly TimeSpan _before = TimeSpan.FromSeconds(brief ? 1 : 5), _away = TimeSpan.FromSeconds(brief ? 3 : 30), _after = TimeSpan.FromSeconds(brief ? 2 : 5);

    /// <param name="equalRate">actions per second at which all arms are compared; null: this is the cell that sets it</param>
    /// <param name="ladder">false: no knee is looked for, and the rate must be given</param>
    public async Task<Cell> RunAsync(string armName, string condition, double? equalRate, CancellationToken cancel, bool ladder = true)
    {
        var at = time.GetUtcNow();
        var database = await servers.CopyAsync(cancel);
        await using var central = await Central.OfAsync(servers, database, armName, condition, cancel);
        await using var arm = await LanesArm.StartAsync(
            servers, BenchArms.Lanes, database, ["TreasureHunt.Tests.Benchmarks.dll", ClaimsHost.Argument], central.Variables, cancel);
        await using var sooner = central; // the arm's end drops the database under it; ended twice does no harm
        var source = new ActionSource(Hunts, Seed, at, servers.Seal);
        var sent = new List<AcceptedAction>();
        var workers = Workers.Of(servers, arm);

        for (var half = 0; half < 2; half++) await ClosedAsync(_warmUp);
        var calibration = Calibration.Milliseconds();
        if (condition != ClaimsPlan.Changing) return await MeasureAsync();
        return await LoadPart.WhileAsync(ChangeAsync, MeasureAsync, cancel);

        async Task<Cell> MeasureAsync()
        {
            var closed = new List<(double PerSecond, double Cpu)>();
            IReadOnlyList<Step> steps = [];
            if (condition != ClaimsPlan.Away)
            {
                for (var i = 0; i < _loops; i++) closed.Add(await ClosedAsync(_closed));
                for (var i = 0; i < _warmUpSteps; i++) await StepAsync(WarmUpRate);
                if (ladder) steps = await Knee.FindAsync(FirstRate, LeastRate, MostRate, _halvings, StepAsync);
                Screen.Note($"  {armName} {condition}: {Spread.Of(closed.Select(loop => loop.PerSecond)).Median:#,0} actions/s{(ladder ? $", knee {Knee.Of(steps):#,0}/s" : "")}");
            }
            var rate = equalRate ?? EqualShare * Knee.Of(steps);
            if (rate <= 0) throw new CommandFailed(ExitCode.Failed, $"{armName} has no knee above {LeastRate:0} actions/s: there is no rate to compare the arms at.");

            await CalmAsync();
            var (before, calls, cpu) = (await Reading.TakeAsync(arm, workers, cancel), await CallsAsync(), central.Cpu);
            var loops = new List<OpenLoopResult>();
            do loops.Add(await EqualAsync(rate));
            while (condition != ClaimsPlan.Away && loops.Count < _loops);
            var (equal, actions) = (loops.OrderBy(loop => loop.Latency.Mean).ElementAt(loops.Count / 2), loops.Sum(loop => loop.Actions));
            var (after, centralCpu) = (await Reading.TakeAsync(arm, workers, cancel), central.Cpu - cpu);
            calls = await CallsAsync() - calls;
            var heap = await arm.Process.AskAsync(HttpMethod.Post, "/collect", cancel);
            var books = await Conservation.CheckAsync(arm, sent, servers.SeedEvents, cancel);
            if (!books.Holds) throw new CommandFailed(ExitCode.Failed, $"{armName} {condition}: NOT CONSERVED: {books}");
            var versions = await VersionsAsync();
            if (condition == ClaimsPlan.Changing && versions < LeastVersions)
                throw new CommandFailed(ExitCode.Failed, $"{armName}: the changes did not reach the events.");
            Screen.Note($"  {armName} {condition}: {rate:#,0}/s mean {equal.Latency.Mean:0.0}, p99 {equal.Latency.P99:0.0} ms");
            return new Cell(
                armName, condition, at, calibration, [.. closed.Select(loop => loop.PerSecond)],
                closed.Count == 0 ? 0 : Spread.Of(closed.Select(loop => loop.Cpu)).Median, steps, equal, Cost.Between(before, after, actions),
                condition == ClaimsPlan.Away ? 0 : centralCpu.TotalMicroseconds / actions, calls / (double)actions, ProcessTree.ResidentBytes(arm.Process.Pid) / 1e6, heap / 1e6,
                central.ResidentBytes / 1e6, versions, books);
        }

        async Task<(double PerSecond, double Cpu)> ClosedAsync(int count)
        {
            var actions = Take(count);
            await CalmAsync();
            var (before, cpu) = (await Reading.TakeAsync(arm, workers, cancel), central.Cpu);
            var times = await ClosedLoop.RunAsync(arm, actions, servers.SeedEvents, sent.Count - count, time, cancel);
            var own = (central.Cpu - cpu).TotalMicroseconds / count;
            return (times.PerSecond, Cost.Between(before, await Reading.TakeAsync(arm, workers, cancel), count).Total + own);
        }

        async Task<Step> StepAsync(double rate)
        {
            GC.Collect();
            var open = await OpenLoop.RunAsync(arm, Take((int)Math.Ceiling(rate * _step.TotalSeconds)), Arrivals.Even(rate), time, cancel);
            var (latency, late) = (open.Latency, open.Lateness.P999);
            return new Step(rate, latency.Mean, latency.P50, latency.P99, latency.Max, open.Growth, late);
        }

        async Task<OpenLoopResult> EqualAsync(double rate)
        {
            var length = condition == ClaimsPlan.Away ? _before + _away + _after : _equal;
            Task<OpenLoopResult> Load() => OpenLoop.RunAsync(arm, Take((int)Math.Ceiling(rate * length.TotalSeconds)), Arrivals.Even(rate), time, cancel);
            if (condition != ClaimsPlan.Away) return await Load();
            var load = Load();
            await Task.Delay(_before, time, cancel);
            await central.GoAwayAsync(cancel);
            await Task.Delay(_away, time, cancel);
            await central.ComeBackAsync(cancel);
            return await load;
        }

        async Task ChangeAsync(CancellationToken done)
        {
            using var timer = new PeriodicTimer(BetweenChanges, time);
            for (var i = 0; await timer.WaitForNextTickAsync(done); i++) await central.ChangeAsync(i, cancel);
        }

        async Task CalmAsync()
        {
            await database.CheckpointAsync(cancel);
            GC.Collect();
            await Task.Delay(Rest, time, cancel);
        }

        Task<long> CallsAsync() => arm.Process.AskAsync(HttpMethod.Get, "/calls", cancel);

        async Task<long> VersionsAsync()
        {
            await using var command = database.Data.CreateCommand("select count(distinct data->'stamp'->>'settingsVersion') from hunts.mt_events where seq_id > $1");
            command.Parameters.AddWithValue(servers.SeedEvents);
            return (long)(await command.ExecuteScalarAsync(cancel))!;
        }

        AcceptedAction[] Take(int count)
        {
            var taken = source.Take(count);
            sent.AddRange(taken);
            return taken;
        }
    }
}
