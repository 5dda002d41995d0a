using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsDeciderTests
{
    private readonly SettingsState _at3 = SettingsState.Initial with { Version = 3 };

    [Fact]
    public void A_change_becomes_the_next_version_with_who_why_and_what_was_before()
    {
        var decision = Decide(new() { ["lane.pace"] = new("7ms"), ["lane.batchCap"] = SettingValue.Of(64) });
        var change = Assert.IsType<SettingsDecision.Changed>(decision).Change;
        Assert.Equal((4, Noon, "ops-anna", "queue grows"), (change.Version, change.At, change.Who, change.Why));
        Assert.Equal(
            [
                new SettingItem("fleet", "lane.batchCap", SettingValue.Of(64), SettingValue.Of(1024)),
                new SettingItem("fleet", "lane.pace", SettingValue.Of(7), SettingValue.Of(3)),
            ], change.Items);
    }

    [Fact]
    public void What_already_has_its_value_is_no_change()
    {
        Assert.IsType<SettingsDecision.Unchanged>(Decide(new() { ["lane.batchCap"] = SettingValue.Of(1024), ["lane.pace"] = null }));
        var some = Decide(new() { ["lane.batchCap"] = SettingValue.Of(1024), ["lane.window"] = SettingValue.Of(5) });
        Assert.Equal("lane.window", Assert.Single(Assert.IsType<SettingsDecision.Changed>(some).Change.Items).Key);
    }

    [Fact]
    public void A_change_made_for_another_version_is_not_taken()
    {
        Assert.Equal(new SettingsDecision.Moved(3), Decide(new() { ["lane.batchCap"] = SettingValue.Of(64) }, ifVersion: 2));
        Assert.IsType<SettingsDecision.Changed>(Decide(new() { ["lane.batchCap"] = SettingValue.Of(64) }, ifVersion: 3));
    }

    [Fact]
    public void A_request_that_arrives_twice_finds_its_own_work_done()
    {
        var ask = new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(64) };
        var change = Assert.IsType<SettingsDecision.Changed>(Decide(ask, ifVersion: 3)).Change;
        var after = SettingsState.Evolve(_at3, change);
        Assert.IsType<SettingsDecision.Unchanged>(SettingsDecider.Decide(after, new ChangeSettings(ask, "queue grows"), SmallFleet, 3, "ops-anna", Noon));
    }

    [Fact]
    public void Every_error_is_named_and_nothing_is_changed()
    {
        var refused = Assert.IsType<SettingsDecision.Refused>(Decide(new()
        {
            ["lane.batchCap"] = SettingValue.Of(0), ["lane.batchcap"] = SettingValue.Of(64), ["lane.window"] = SettingValue.Of(5), ["lane.paused"] = new("maybe"),
        }));
        Assert.Equal(["lane.batchCap", "lane.batchcap", "lane.paused"], refused.Errors.Select(error => error.Key));
        Assert.Equal(["1", "lane.batchCap", "false"], refused.Errors.Select(error => error.Nearest));
    }

    [Fact]
    public void The_lane_plan_is_one_for_the_fleet_and_names_only_lanes_there_are()
    {
        var narrow = Assert.Single(Assert.IsType<SettingsDecision.Refused>(Decide(new() { ["lane.plan@service:processors"] = new("processor-1:0") })).Errors);
        Assert.Equal(("lane.plan@service:processors", "lane.plan"), (narrow.Key, narrow.Nearest));
        var beyond = Assert.Single(Assert.IsType<SettingsDecision.Refused>(Decide(new() { ["lane.plan"] = new("processor-1:0,8 processor-2:1") })).Errors);
        Assert.Equal(("lane.plan", "processor-1:0 processor-2:1"), (beyond.Key, beyond.Nearest));
        Assert.Contains("lane 8", beyond.Message);
        Assert.IsType<SettingsDecision.Changed>(Decide(new() { ["lane.plan"] = new("processor-2:1 processor-1:7,0") }));
    }

    [Fact]
    public void A_reason_is_required_and_limited()
    {
        var ask = new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(64) };
        Assert.Equal("why", Assert.Single(Assert.IsType<SettingsDecision.Refused>(Decide(ask, why: "  ")).Errors).Key);
        Assert.Equal("why", Assert.Single(Assert.IsType<SettingsDecision.Refused>(Decide(ask, why: new string('x', 501))).Errors).Key);
    }

    [Fact]
    public void Nothing_and_too_much_at_once_are_refused()
    {
        Assert.IsType<SettingsDecision.Refused>(Decide([]));
        Assert.IsType<SettingsDecision.Refused>(Decide(Enumerable.Range(0, 257).ToDictionary(i => $"k{i}", i => (SettingValue?)SettingValue.Of(i))));
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)] // it was the operators' then
    [InlineData(false, false, true)]
    public void The_lane_plan_goes_back_only_where_operators_write_it(bool balancedNow, bool balancedThen, bool goesBack)
    {
        var now = State(9, "processor-1:0,1", balancedNow);
        var back = SettingsDecider.RollBack(
            SettingsSituation.Begin with { State = now }, SettingsMark.Begin with { State = State(3, "processor-1:0 processor-2:1", balancedThen) }, new RollBackSettings(3, "worse"), SmallFleet, null, "ops-anna", Noon, approval: false).Change;
        Assert.Equal(goesBack, back?.Items.Any(item => item.Key == "lane.plan") == true);

        static SettingsState State(long version, string plan, bool balanced) => new(version, SettingsSchema.DefaultValues
            .With("fleet", "lane.plan", new SettingValue(plan)).With("fleet", "lane.balance", new SettingValue(balanced ? "true" : "false")));
    }

    [Fact]
    public void All_of_it_goes_back_however_much_that_is()
    {
        var values = Enumerable.Range(0, 300).Aggregate(SettingsSchema.DefaultValues, (values, n) => values.With($"group:g{n}", "lane.pace", SettingValue.Of(7)));
        var situation = SettingsSituation.Begin with { State = new SettingsState(9, values) };
        var back = Assert.IsType<SettingsDecision.Changed>(SettingsDecider.RollBack(
            situation, SettingsMark.Begin, new RollBackSettings(0, "worse"), SmallFleet, null, "ops-anna", Noon, approval: true)).Change;
        Assert.Equal((300, "rollback:0"), (back.Items.Count, back.Cause));
        Assert.Equal(SettingsState.Initial.Values.Hash, SettingsState.Evolve(situation.State, back).Values.Hash);
    }

    private SettingsDecision Decide(Dictionary<string, SettingValue?> changes, long? ifVersion = null, string why = "queue grows") =>
        SettingsDecider.Decide(_at3, new ChangeSettings(changes, why), SmallFleet, ifVersion, "ops-anna", Noon);
}
