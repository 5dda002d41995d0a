using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Claims;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>
/// C2: live settings beside constants compiled in. Two arms of <c>claims</c> and one of them again, in turn: a difference counts beside what two runs of the same
/// differ by, and minutes apart these cores differ from themselves by more.
/// </summary>
public static class ConstantsPart
{
    private static readonly string[] Arms = [ClaimsPlan.Ours, ClaimsPlan.Constants, ClaimsPlan.OursAgain];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, TimeProvider time, CancellationToken cancel)
    {
        var (rounds, rate) = brief ? (1, 200) : (6, 3_000);
        var run = new CellRun(servers, brief, time);
        var cells = Arms.ToDictionary(arm => arm, _ => new List<Cell>());
        for (var round = 0; round < rounds; round++)
            foreach (var arm in Arms.Skip(round % Arms.Length).Concat(Arms.Take(round % Arms.Length))) // what drifts does so for each
                cells[arm].Add(await run.RunAsync(arm, ClaimsPlan.Healthy, rate, cancel, ladder: false));
        return new PartResult(
            "constants", $"{rounds} rounds of three processors started anew: with our settings, with constants, with our settings again, the first of them another each round. {cells.Values.Sum(each => each.Sum(cell => cell.Books.Sent)):#,0} actions, each cell's books hold.",
            [
                Row("throughput, closed loop", cell => Spread.Of(cell.ClosedPerSecond).Median),
                Row("CPU per action, closed loop, all processes", cell => cell.ClosedCpu),
                Row($"mean latency at {rate:#,0} actions/s", cell => cell.Equal.Latency.Mean),
                Row($"p99 at {rate:#,0} actions/s", cell => cell.Equal.Latency.P99),
                Row("memory of the processor, resident", cell => cell.ResidentMb),
            ]);

        Finding Row(string what, Func<Cell, double> figure)
        {
            var (ours, noise) = (Against(ClaimsPlan.Ours, ClaimsPlan.Constants), Against(ClaimsPlan.OursAgain, ClaimsPlan.Ours));
            var difference = Math.Abs(Spread.Of(ours).Median);
            var usual = Spread.Of(noise.Select(Math.Abs)).Median;
            return new Finding("C2", $"{what}: ours to constants", $"no more than two runs of ours usually differ by, {usual:0.0 %}", $"{Shares(ours)}; ours again to ours {Shares(noise)}", difference <= usual);

            List<double> Against(string one, string other) => [.. cells[one].Zip(cells[other], (a, b) => figure(a) / figure(b) - 1)];
        }

        static string Shares(List<double> of)
        {
            var spread = Spread.Of(of);
            return $"{Percent(spread.Median)} ({Percent(spread.Least)} to {Percent(spread.Most)})";
        }
    }
}
