using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ConfigService.Lanes;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public sealed class LanePresenceTests
{
    private static readonly LaneProcessor A = new("a", 1), B = new("b", 1), C = new("c", 2);

    [Fact]
    public void Who_is_silent_for_four_seconds_is_gone()
    {
        var time = new FakeTimeProvider();
        var presence = new LanePresence(time);
        presence.Hear(Report("b"));
        presence.Hear(Report("a"));
        time.Advance(TimeSpan.FromSeconds(3));
        presence.Hear(Report("b"));
        Assert.Equal(["a", "b"], presence.Reports().Select(heard => heard.Report.Instance));
        time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["b"], presence.Reports().Select(heard => heard.Report.Instance));
    }

    [Fact]
    public void Who_is_there_is_believed_when_it_has_been_so_for_a_moment()
    {
        var debounce = new LanePlanDebounce();
        Assert.False(debounce.IsSettled([A, B], At(0)));
        Assert.False(debounce.IsSettled([A, B], At(3.9))); // just started: somebody may not have been heard yet
        Assert.True(debounce.IsSettled([A, B], At(4)));
        Assert.False(debounce.IsSettled([A, B, C], At(4.5)));
        Assert.False(debounce.IsSettled([A, B], At(5)));
        Assert.False(debounce.IsSettled([A, B], At(5.9)));
        Assert.True(debounce.IsSettled([A, B], At(6)));
        Assert.False(debounce.IsSettled([A, B with { Weight = 2 }], At(7)));
    }

    [Fact]
    public void After_hearing_nobody_it_listens_as_if_it_had_just_started()
    {
        var debounce = new LanePlanDebounce();
        debounce.IsSettled([A, B], At(0));
        Assert.True(debounce.IsSettled([A, B], At(10)));
        Assert.False(debounce.IsSettled([], At(11)));
        Assert.False(debounce.IsSettled([], At(60))); // nobody there: the plan stays
        Assert.False(debounce.IsSettled([A], At(61)));
        Assert.False(debounce.IsSettled([A], At(64.9)));
        Assert.True(debounce.IsSettled([A], At(65)));
    }

    [Fact]
    public void A_lane_is_hot_when_it_is_much_faster_than_the_others_and_its_queue_does_not_get_shorter()
    {
        HeardReport[] reports =
        [
            new(Report("a", (0, 100), (1, 5)), TimeSpan.Zero), new(Report("b", (2, 5), (3, 0)), TimeSpan.Zero),
        ];
        LanePlan.TryParse("a:0,1 b:2,3", out var plan);
        var view = LaneOverview.Of(7, true, plan, 4, reports, lane => lane == 1 ? (50, 10) : (20, 20));
        Assert.Equal([true, false, false, false], view.Lanes.Select(lane => lane.Hot));
        Assert.Equal((0.909, 100, 20L), (view.Lanes[0].Share, view.Lanes[0].PerSecond, view.Lanes[0].Waiting));
        Assert.True(view.InStep);
        Assert.All(LaneOverview.Of(7, true, plan, 4, reports, _ => (5, 50)).Lanes, lane => Assert.False(lane.Hot)); // they get shorter
        Assert.All(LaneOverview.Of(7, true, plan, 4, reports, _ => null).Lanes, lane => Assert.Null(lane.Waiting));
    }

    [Fact]
    public void A_lane_that_is_worked_by_another_than_planned_is_out_of_step()
    {
        LanePlan.TryParse("a:0 b:2", out var plan);
        var view = LaneOverview.Of(7, true, plan, 3, [new(Report("a", (0, 1), (2, 1)), TimeSpan.Zero), new(Report("b"), TimeSpan.Zero)], _ => null);
        Assert.False(view.InStep);
        Assert.Equal([["a"], [], ["a"]], view.Lanes.Select(lane => lane.Owners));
        Assert.Equal([(1, 2), (1, 0)], view.Processors.Select(processor => (processor.Planned, processor.Active)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static LaneReport Report(string instance, params (int Lane, double Rate)[] lanes) => new(
        instance, 1, LaneStage.Working, 7, [.. lanes.Select(lane => new LaneState(lane.Lane, Subscribed: true, Active: true, 0, lane.Rate, 0))]);
}
