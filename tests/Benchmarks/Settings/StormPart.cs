using System.Diagnostics;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Doors;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>A storm of changes: coalesced, the last value wins, actions hardly notice. For comparison the same operators ask a bare echo: what any thousand requests a second cost on these cores.</summary>
public static class StormPart
{
    /// <summary>Until the operators' process is warm.</summary>
    private static readonly TimeSpan Rising = TimeSpan.FromSeconds(3);

    /// <summary>Actions per second beside it: some, and as many as leave the two cores little room.</summary>
    private static readonly int[] Rates = [200, 500];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (rounds, length) = brief ? (1, TimeSpan.FromSeconds(3)) : (5, TimeSpan.FromSeconds(12));
        await using var arm = await LoadedArm.StartAsync(servers, brief ? 1_000 : 20_000, at, time, cancel);
        await using var echo = await ChildProcess.StartAsync(
            servers.Box, "echo-1", "none", views: false, ["TreasureHunt.Tests.Benchmarks.dll", EchoHost.Argument], [], cancel);
        var findings = new List<Finding>();
        var lastWins = true;
        foreach (var actions in Rates)
        {
            var (quiet, echoed) = (new List<Run>(), new List<Run>());
            Storm[] storms = [new(1), new(Operators.InASet)];
            for (var round = 0; round < rounds; round++)
            {
                await CalmAsync();
                quiet.Add(await RunAsync(actions, operators: null));
                await CalmAsync();
                await using (var operators = Operators.Start(echo.Address, arm.Config.OperatorToken, servers.Box.Logs))
                {
                    await Task.Delay(Rising, time, cancel);
                    echoed.Add(await RunAsync(actions, operators));
                }
                foreach (var storm in storms)
                {
                    await CalmAsync();
                    await StormAsync(storm, actions);
                }
                Screen.Note($"  {actions} actions/s: p99 {Number(quiet[^1].P99)} ms, {Number(echoed[^1].P99)} beside an echo, {string.Join(", ", storms.Select(storm => $"{Number(storm.Runs[^1].P99)} in the storm of {storm.Taken[^1]:#,0} changes/s ({storm.Together} a request, cores {Cores([storm.Runs[^1]])})"))}");
            }
            foreach (var storm in storms)
            {
                var (rate, ratio) = (Spread.Of(storm.Taken), Against(storm.Runs));
                var asked = storm.Together == 1 ? "each by itself" : $"in sets of {storm.Together}";
                findings.Add(new Finding("C4", $"beside {actions} actions/s: changes taken, stored and announced, {asked}", $"{Operators.PerSecond}/s", $"{Number(rate.Median)}/s ({Number(rate.Least)} to {Number(rate.Most)})", rate.Median >= 0.95 * Operators.PerSecond));
                findings.Add(new Finding("C4", "versions brought into force one by one in the slowest process; the others were coalesced", "", $"{Number(Spread.Of(storm.Applied).Median)}/s"));
                findings.Add(new Finding("C4", $"p99 of the actions in the storm, {asked}", "<= +10 %", Rise(ratio, storm.Runs), ratio.Median <= 1.10));
            }
            findings.Add(new Finding("C4", "for comparison: a bare echo is asked as often instead", "", Rise(Against(echoed), echoed)));
            findings.Add(new Finding("C4", "cores in use without, beside the echo, in the storms", "", string.Join("; ", new[] { quiet, echoed }.Concat(storms.Select(storm => storm.Runs)).Select(Cores))));

            Spread Against(List<Run> runs) => Spread.Of(runs.Zip(quiet, (with, without) => with.P99 / without.P99));

            string Rise(Spread of, List<Run> runs) =>
                $"{Percent(of.Median - 1)} ({Percent(of.Least - 1)} to {Percent(of.Most - 1)}): p50 {Range(quiet, run => run.P50)} and {Range(runs, run => run.P50)}, p99 {Range(quiet, run => run.P99)} and {Range(runs, run => run.P99)} ms";
        }
        var books = await arm.CheckAsync(cancel);
        findings.Add(new Finding("C4", "the last value holds everywhere after each storm", "always", lastWins ? "always" : "NOT always", lastWins));
        return new PartResult(
            "storm", $"Actions on a schedule, {rounds} rounds of {length.TotalSeconds:0} s alone, beside {Operators.Count} operators who ask an echo, and beside the same operators, who change {Operators.Changed} as fast as {Operators.PerSecond}/s, each change by itself and then in sets of {Operators.InASet}. Books: {books}.", findings);

        // What a storm leaves to PostgreSQL's autovacuum would be done in the next arm's time.
        Task CalmAsync() => ArmDatabase.ExecuteAsync(arm.Database.Data, "vacuum (analyze)", cancel);

        async Task StormAsync(Storm storm, int actions)
        {
            long before, after;
            await using (var operators = Operators.Start(arm.Config.Address, arm.Config.OperatorToken, servers.Box.Logs, storm.Together))
            {
                await Task.Delay(Rising, time, cancel);
                before = (await arm.Config.Operator.GetAsync(cancel)).Version;
                storm.Runs.Add(await RunAsync(actions, operators));
                after = (await arm.Config.Operator.GetAsync(cancel)).Version;
            }
            var last = await arm.Config.Operator.GetAsync(cancel);
            var fleet = await arm.Config.InStepAsync(2, cancel);
            var wanted = last.Values.Find(SettingsScope.Fleet, Operators.Changed);
            lastWins &= fleet.Instances.All(instance => instance.Receipt.Effective[Operators.Changed] == wanted);
            var receipts = await arm.Config.SettledAsync(before, after, cancel);
            var versions = (after - before) / length.TotalSeconds;
            storm.Taken.Add(versions * storm.Together);
            storm.Applied.Add(versions * receipts.Select(version => version.At).Distinct().Count() / receipts.Count); // of the last thousand versions
            if (storm.Together > 1) await arm.Config.Operator.ChangeAsync(Operators.TakeBack, null, cancel);
        }

        async Task<Run> RunAsync(int actions, Operators? operators)
        {
            var (before, clock) = (Cpu(), Stopwatch.StartNew());
            var open = await arm.OpenAsync(actions, length, cancel);
            var seconds = clock.Elapsed.TotalSeconds;
            return new Run(open.Latency.P50, open.Latency.P99, Cpu().ToDictionary(used => used.Key, used => (used.Value - before[used.Key]).TotalSeconds / seconds));

            Dictionary<string, TimeSpan> Cpu()
            {
                var used = arm.Cpu().ToDictionary(each => each.Key == "operator" ? "generator" : each.Key, each => each.Value);
                used["echo"] = ProcessTree.Cpu(echo.Pid);
                used["operators"] = operators is null ? TimeSpan.Zero : ProcessTree.Cpu(operators.Pid);
                return used;
            }
        }
    }

    private static string Range(List<Run> runs, Func<Run, double> of) => $"{Number(runs.Min(of))} to {Number(runs.Max(of))}";

    private static string Cores(List<Run> runs)
    {
        var each = runs[0].Cores.Keys.Select(process => (Process: process, Cores: Spread.Of(runs.Select(run => run.Cores[process])).Median)).Where(used => used.Cores >= 0.005).ToList();
        return $"{Number(each.Sum(used => used.Cores))} ({string.Join(", ", each.Select(used => $"{used.Process} {Number(used.Cores)}"))})";
    }

    /// <param name="Together">changes in a request</param>
    private sealed record Storm(int Together)
    {
        public List<Run> Runs { get; } = [];

        /// <summary>Changes taken per second.</summary>
        public List<double> Taken { get; } = [];

        /// <summary>Versions brought into force one by one, per second.</summary>
        public List<double> Applied { get; } = [];
    }

    /// <param name="Cores">of each process, in use on average</param>
    private sealed record Run(double P50, double P99, IReadOnlyDictionary<string, double> Cores);
}
