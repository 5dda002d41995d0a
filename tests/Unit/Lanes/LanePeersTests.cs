using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public sealed class LanePeersTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LanePeers _peers;

    public LanePeersTests() => _peers = new LanePeers(_time);

    [Fact]
    public void A_lane_is_waited_for_by_others_only()
    {
        Hear("me", LaneStage.Working, subscribed: true);
        Assert.False(_peers.AnyWaitsFor(3, but: "me"));
        Hear("other", LaneStage.Working, subscribed: true);
        Assert.True(_peers.AnyWaitsFor(3, but: "me"));
        Assert.False(_peers.AnyWaitsFor(4, but: "me"));
    }

    [Fact]
    public void Who_is_not_subscribed_leaves_or_is_silent_waits_for_no_lane()
    {
        Hear("other", LaneStage.Working, subscribed: false);
        Assert.False(_peers.AnyWaitsFor(3, but: "me"));
        Hear("other", LaneStage.Leaving, subscribed: true);
        Assert.False(_peers.AnyWaitsFor(3, but: "me"));
        Hear("other", LaneStage.Working, subscribed: true);
        _time.Advance(LaneReport.GoneAfter * 1.1);
        Assert.False(_peers.AnyWaitsFor(3, but: "me"));
    }

    private void Hear(string instance, LaneStage stage, bool subscribed) =>
        _peers.Hear(new LaneReport(instance, 1, stage, 1, [new LaneState(3, subscribed, Active: false, 0, 0, 0)]));
}
