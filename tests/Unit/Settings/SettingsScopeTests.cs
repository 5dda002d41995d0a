using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsScopeTests
{
    private static readonly SettingsSubject Canary = new("processors", "processor-2", "canary");
    private static readonly SettingsSubject Plain = new("processors", "processor-1");
    private static readonly SettingsSubject Door = new("ingress", "ingress-1", "canary");

    [Fact]
    public void The_narrowest_scope_that_has_a_value_wins()
    {
        var state = SettingsState.Initial;
        Assert.Equal(1024, BatchCap(state, Canary));
        state = Set(state, "lane.batchCap", 500);
        Assert.Equal((500, 500, 500), (BatchCap(state, Canary), BatchCap(state, Plain), BatchCap(state, Door)));
        state = Set(state, "lane.batchCap@service:processors", 400);
        Assert.Equal((400, 400, 500), (BatchCap(state, Canary), BatchCap(state, Plain), BatchCap(state, Door)));
        state = Set(state, "lane.batchCap@group:canary", 300);
        Assert.Equal((300, 400, 300), (BatchCap(state, Canary), BatchCap(state, Plain), BatchCap(state, Door)));
        state = Set(state, "lane.batchCap@instance:processor-2", 200);
        Assert.Equal((200, 400, 300), (BatchCap(state, Canary), BatchCap(state, Plain), BatchCap(state, Door)));

        state = Set(state, "lane.batchCap@instance:processor-2", null);
        Assert.Equal(300, BatchCap(state, Canary));
        state = Set(state, "lane.batchCap", null);
        Assert.Equal((300, 400), (BatchCap(state, Canary), BatchCap(state, Plain)));
        Assert.Equal(SettingsSchema.LaneBatchCap.Default, state.Values.Find(SettingsScope.Fleet, "lane.batchCap"));
    }

    [Fact]
    public void A_change_set_over_several_scopes_is_one_version()
    {
        var change = Assert.IsType<SettingsDecision.Changed>(Decide(SettingsState.Initial, new()
        {
            ["lane.pace"] = SettingValue.Of(1), ["lane.pace@group:canary"] = SettingValue.Of(9), ["lane.window@instance:processor-2"] = SettingValue.Of(7),
        })).Change;
        Assert.Equal(["fleet lane.pace", "group:canary lane.pace", "instance:processor-2 lane.window"], change.Items.Select(item => $"{item.Scope} {item.Key}"));
        var snapshot = SettingsSchema.Resolve(1, SettingsState.Evolve(SettingsState.Initial, change).Values, Canary).Snapshot!;
        Assert.Equal((TimeSpan.FromMilliseconds(9), 7), (snapshot.Lane.Pace, snapshot.Lane.Window));
    }

    [Fact]
    public void Taking_back_what_a_scope_never_had_is_no_change() =>
        Assert.IsType<SettingsDecision.Unchanged>(Decide(SettingsState.Initial, new() { ["lane.pace@service:ingress"] = null }));

    [Fact]
    public void A_narrow_value_that_equals_the_wide_one_is_kept_all_the_same() =>
        Assert.IsType<SettingsDecision.Changed>(Decide(SettingsState.Initial, new() { ["lane.pace@service:processors"] = SettingsSchema.LanePace.Default }));

    [Theory]
    [InlineData("service:processor", "service:processors")]
    [InlineData("servce:processors", "fleet")]
    [InlineData("instance:", null)]
    [InlineData("group:Upper", null)]
    [InlineData("", "fleet")]
    public void What_is_no_scope_is_refused_by_name(string scope, string? nearest)
    {
        var refused = Assert.IsType<SettingsDecision.Refused>(Decide(SettingsState.Initial, new() { ["lane.pace@" + scope] = SettingValue.Of(1) }));
        var error = Assert.Single(refused.Errors);
        Assert.Equal(("lane.pace@" + scope, nearest), (error.Key, error.Nearest));
    }

    [Fact]
    public void A_key_given_twice_for_a_scope_is_refused_also_when_one_of_them_changes_nothing()
    {
        var refused = Assert.IsType<SettingsDecision.Refused>(SettingsDecider.Decide(
            SettingsState.Initial, new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.window"] = SettingValue.Of(64), ["lane.window@fleet"] = SettingValue.Of(9) }, "x"),
            SmallFleet, null, "ops", Noon));
        Assert.Contains("twice", Assert.Single(refused.Errors).Message);
    }

    [Fact]
    public void A_key_given_twice_for_a_scope_is_refused()
    {
        var refused = Assert.IsType<SettingsDecision.Refused>(Decide(SettingsState.Initial, new()
        {
            ["lane.pace"] = SettingValue.Of(1), ["lane.pace@fleet"] = SettingValue.Of(2),
        }));
        Assert.Contains("twice", Assert.Single(refused.Errors).Message);
    }

    private static int BatchCap(SettingsState state, SettingsSubject subject) => SettingsSchema.Resolve(state.Version, state.Values, subject).Snapshot!.Lane.BatchCap;

    private static SettingsState Set(SettingsState state, string qualified, int? value) => SettingsState.Evolve(
        state, Assert.IsType<SettingsDecision.Changed>(Decide(state, new() { [qualified] = value is { } given ? SettingValue.Of(given) : null })).Change);

    private static SettingsDecision Decide(SettingsState state, Dictionary<string, SettingValue?> changes) =>
        SettingsDecider.Decide(state, new ChangeSettings(changes, "test"), SmallFleet, null, "ops-anna", Noon);
}
