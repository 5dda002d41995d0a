using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsTimelineTests
{
    private readonly SettingsTimeline _timeline = new();
    private readonly List<SettingsState> _states = [SettingsState.Initial];
    private readonly List<SettingsChange> _changes = [];

    public SettingsTimelineTests()
    {
        for (var version = 1; version <= 1_000; version++)
            Add(new SettingsChange(version, Noon.AddMinutes(version), "ops", "test", [new SettingItem("fleet", "lane.window", SettingValue.Of(1 + version % 256))]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void Any_version_is_folded_from_the_mark_before_it(int version)
    {
        var mark = _timeline.MarkBefore(version);
        var marked = (int)mark.State.Version;
        Assert.InRange(version - marked, 0, SettingsTimeline.Every - 1);
        var folded = _changes.Skip(marked).Take(version - marked).Aggregate(mark, (past, change) => past.With(change));
        Assert.Equal(_states[version], folded.State);
    }

    [Fact]
    public void A_mark_knows_which_values_were_to_end()
    {
        Add(new SettingsChange(1_001, Noon, "ops", "for a time", [new SettingItem("fleet", "lane.pace", SettingValue.Of(1), SettingValue.Of(3))], Until: Noon.AddHours(1)));
        for (var version = 1_002; version <= 1_024; version++) Add(new SettingsChange(version, Noon, "ops", "test", [new SettingItem("fleet", "lane.window", SettingValue.Of(version % 9 + 1))]));
        Assert.Equal(new SettingLayer(SettingValue.Of(1), 1_001, Noon.AddHours(1)), _timeline.MarkBefore(1_024).Layers.Ending("fleet", "lane.pace"));
        Assert.Null(_timeline.MarkBefore(1_000).Layers.Ending("fleet", "lane.pace"));
    }

    [Fact]
    public void A_moment_names_the_last_version_that_was_not_after_it()
    {
        Assert.Equal(0, _timeline.VersionAt(Noon));
        Assert.Equal(1, _timeline.VersionAt(Noon.AddMinutes(1)));
        Assert.Equal(1, _timeline.VersionAt(Noon.AddMinutes(1.9)));
        Assert.Equal(500, _timeline.VersionAt(Noon.AddMinutes(500.5)));
        Assert.Equal(1_000, _timeline.VersionAt(DateTimeOffset.MaxValue));
    }

    [Fact]
    public void A_clock_that_was_set_back_hides_no_version()
    {
        Add(new SettingsChange(1_001, Noon, "ops", "clock set back", [new SettingItem("fleet", "lane.window", SettingValue.Of(9))]));
        Assert.Equal(1_001, _timeline.VersionAt(Noon.AddMinutes(1_000)));
        Assert.Equal(999, _timeline.VersionAt(Noon.AddMinutes(999)));
    }

    [Fact]
    public void A_value_knows_the_version_it_is_from()
    {
        Add(new SettingsChange(1_001, Noon.AddDays(1), "ops", "canary", [new SettingItem("group:canary", "lane.window", SettingValue.Of(9))]));
        Assert.Equal((1_000, 1_001), (_timeline.OriginOf("fleet", "lane.window"), _timeline.OriginOf("group:canary", "lane.window")));
        Add(new SettingsChange(1_002, Noon.AddDays(1), "ops", "back", [new SettingItem("group:canary", "lane.window")]));
        Assert.Null(_timeline.OriginOf("group:canary", "lane.window"));
        Assert.Null(_timeline.OriginOf("fleet", "lane.pace"));
    }

    [Fact]
    public void A_rollback_is_a_new_change_with_the_old_values()
    {
        Add(new SettingsChange(1_001, Noon.AddDays(1), "ops", "canary", [new SettingItem("group:canary", "lane.window", SettingValue.Of(9)), new SettingItem("fleet", "lane.pace", SettingValue.Of(1))]));
        var change = Assert.IsType<SettingsDecision.Changed>(RollBack(_states[^1], _states[10], "worse", null)).Change;
        Assert.Equal((1_002, "rollback:10", "worse"), (change.Version, change.Cause, change.Why));
        Assert.Equal(_states[10].Values, SettingsState.Evolve(_states[^1], change).Values);
        Assert.IsType<SettingsDecision.Unchanged>(RollBack(_states[^1], _states[^1], "worse", null));
        Assert.IsType<SettingsDecision.Moved>(RollBack(_states[^1], _states[10], "worse", 1_000));
        Assert.IsType<SettingsDecision.Refused>(RollBack(_states[^1], _states[10], " ", null));
    }

    [Fact]
    public void A_rollback_leaves_a_key_alone_that_this_release_does_not_know()
    {
        var from = _states[^1] with { Values = _states[^1].Values.With("fleet", "lane.fromTheFuture", SettingValue.Of(1)) };
        var change = Assert.IsType<SettingsDecision.Changed>(RollBack(from, SettingsState.Initial, "worse", null)).Change;
        Assert.Equal("lane.window", Assert.Single(change.Items).Key);
    }

    private static SettingsDecision RollBack(SettingsState state, SettingsState to, string why, long? ifVersion = null) => SettingsDecider.RollBack(
        SettingsSituation.Begin with { State = state }, SettingsMark.Begin with { State = to }, new RollBackSettings(to.Version, why), SmallFleet, ifVersion, "ops-anna", Noon, approval: false);

    private void Add(SettingsChange change)
    {
        _timeline.Add(change);
        _changes.Add(change);
        _states.Add(SettingsState.Evolve(_states[^1], change));
    }
}
