using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Claims;
using TreasureHunt.Tests.Benchmarks.Load;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Unit.Bench;

public sealed class ClaimsReportTests
{
    [Fact]
    public void What_an_arm_was_not_measured_at_is_left_empty_and_every_cell_has_its_row()
    {
        Cell[] cells = [Cell(ClaimsPlan.Ours, ClaimsPlan.Healthy, 300, 100, 200), Cell(ClaimsPlan.Ours, ClaimsPlan.Away), Cell(ClaimsPlan.Ours, ClaimsPlan.Slow, 1_234)];
        var rows = Assert.Single(ClaimsReport.Tables(new ClaimsResult(DateTimeOffset.UnixEpoch, "", "", true, null, 1, cells)), table => table.Columns is ["condition", "arm", "closed loop/s", ..]).Rows;
        Assert.Equal([(ClaimsPlan.Healthy, "200 (100 to 300)"), (ClaimsPlan.Away, ""), (ClaimsPlan.Slow, "1,234")], rows.Select(row => (row[0], row[2])));
    }

    private static Cell Cell(string arm, string condition, params double[] closed)
    {
        var latency = new Latencies(1, 2, 3, 4, 1);
        return new Cell(
            arm, condition, DateTimeOffset.UnixEpoch, 1, closed, 1, [], new OpenLoopResult(1, 1, latency, latency, 0, new Dictionary<string, double>()), new Cost(1, 1, 1, 1, 1, 1, 1, 0), 0, 0, 1, 1, 1, 1,
            new Conservation(1, 1, 0, 0, 0, 0, 0, true, 0, 0, new Dictionary<string, long>()));
    }
}
