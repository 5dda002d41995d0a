using CsCheck;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class ExpiringSettingsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Clockwork _clock = new();

    [Fact]
    public void A_value_for_a_time_goes_back_by_a_change_like_any_other()
    {
        var change = Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute)).Change;
        Assert.Equal(Noon + 30 * Minute, change.Until);
        _clock.Pass(29 * Minute);
        Assert.Equal(64, _clock.Value("lane.batchCap"));
        _clock.Pass(Minute);
        Assert.Equal(1024, _clock.Value("lane.batchCap"));
        var back = _clock.Changes[^1];
        Assert.Equal((2, SettingsDecider.Service, "return:1", null), (back.Version, back.Who, back.Cause, back.Until));
        Assert.StartsWith("back from version 1", back.Why);
        Assert.Equal(new SettingItem("fleet", "lane.batchCap", SettingValue.Of(1024), SettingValue.Of(64)), Assert.Single(back.Items));
        _clock.Pass(60 * Minute);
        Assert.Equal(2, _clock.Changes.Count);
    }

    [Fact]
    public void What_somebody_changed_meanwhile_stays_and_the_rest_goes_back()
    {
        _clock.Ask([("lane.batchCap", 64), ("lane.pace", 1)], lasting: 30 * Minute);
        _clock.Ask([("lane.batchCap", 100)]);
        _clock.Pass(31 * Minute);
        Assert.Equal((100, 3), (_clock.Value("lane.batchCap"), _clock.Value("lane.pace")));
        Assert.Equal("lane.pace", Assert.Single(_clock.Changes[^1].Items).Key);
    }

    [Fact]
    public void Asking_for_the_value_that_holds_now_without_an_end_keeps_it()
    {
        _clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute);
        Assert.IsType<SettingsDecision.Unchanged>(_clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute)); // sent twice
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.batchCap", 64)]));
        Assert.IsType<SettingsDecision.Unchanged>(_clock.Ask([("lane.batchCap", 64)]));
        _clock.Pass(31 * Minute);
        Assert.Equal((2, 64), (_clock.Changes.Count, _clock.Value("lane.batchCap")));
    }

    [Fact]
    public void When_all_of_it_was_changed_meanwhile_nothing_happens_at_the_end()
    {
        _clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute);
        _clock.Ask([("lane.batchCap", 100)]);
        _clock.Pass(31 * Minute);
        Assert.Equal(2, _clock.Changes.Count);
    }

    [Theory]
    [InlineData(10, 30)] // the inner one ends first
    [InlineData(30, 10)] // the outer one ends first, unseen
    [InlineData(20, 20)]
    public void Values_for_a_time_upon_each_other_end_as_if_each_had_never_been(int inner, int outer)
    {
        _clock.Ask([("lane.batchCap", 2)], lasting: outer * Minute);
        _clock.Ask([("lane.batchCap", 3)], lasting: inner * Minute);
        _clock.Pass(Math.Min(inner, outer) * Minute);
        Assert.Equal(inner < outer ? 2 : inner > outer ? 3 : 1024, _clock.Value("lane.batchCap"));
        _clock.Pass(Math.Abs(inner - outer) * Minute);
        Assert.Equal(1024, _clock.Value("lane.batchCap"));
    }

    [Fact]
    public void A_value_of_a_narrower_scope_that_was_not_there_is_not_there_again()
    {
        _clock.Ask([("lane.batchCap@group:canary", 64)], lasting: Minute);
        _clock.Pass(Minute);
        Assert.Null(_clock.Situation.State.Values.Find("group:canary", "lane.batchCap"));
        Assert.Equal(SettingsSchema.DefaultValues, _clock.Situation.State.Values);
    }

    [Fact]
    public void What_ended_while_the_service_was_away_ends_at_its_return_and_says_so()
    {
        _clock.Ask([("lane.batchCap", 64)], lasting: Minute);
        _clock.Pass(10 * Minute, away: true);
        Assert.Contains("late by 540 s", Assert.Single(_clock.Changes, change => change.Cause == "return:1").Why);
    }

    [Fact]
    public void A_change_that_would_break_a_rule_when_another_ends_is_refused_with_when_and_why()
    {
        _clock.Ask([("lane.window", 4)], lasting: 30 * Minute);
        var refused = Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.prefetch", 8)]));
        var error = Assert.Single(refused.Errors);
        Assert.Equal(("lane.window", "8"), (error.Key, error.Nearest));
        Assert.StartsWith("At 2026-11-22 12:30:00 UTC, when version 1 ends: lane.window = 16 is too much", error.Message);
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.prefetch", 8), ("lane.window", 4)]));
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.window", 7)]));
    }

    [Fact]
    public void A_value_that_cannot_go_back_is_overdue_until_it_can()
    {
        _clock.Fleet = new FleetFacts([new("processors", "p-1")], 8, 40);
        _clock.Approval = false;
        _clock.Ask([("lane.concurrency", 16)]);
        _clock.Ask([("lane.concurrency", 1)], lasting: Minute);
        _clock.Fleet = new FleetFacts([new("processors", "p-1"), new("processors", "p-2")], 8, 60); // 20 connections are left
        _clock.Pass(2 * Minute);
        Assert.Equal(1, _clock.Value("lane.concurrency"));
        Assert.Contains("only 20 are left", _clock.Overdue[2]);
        _clock.Fleet = new FleetFacts([new("processors", "p-1")], 8, 40);
        _clock.Pass(Minute);
        Assert.Equal(16, _clock.Value("lane.concurrency"));
        Assert.Empty(_clock.Overdue);
    }

    [Fact]
    public void What_cannot_end_keeps_nothing_else_waiting()
    {
        _clock.Ask([("lane.batchCap", 64)], lasting: Minute);
        var later = _clock.Now + 2 * Minute;
        Assert.True(ProposalDecider.IsAnythingDue(_clock.Situation, later, new Dictionary<long, string>()));
        var overdue = new Dictionary<long, string> { [1] = "it cannot" };
        Assert.False(ProposalDecider.IsAnythingDue(_clock.Situation, later, overdue)); // it was tried just now
        _clock.Ask([("lane.pace", 7)], lasting: Minute);
        Assert.True(ProposalDecider.IsAnythingDue(_clock.Situation, later, overdue));
    }

    [Fact]
    public void Only_so_many_values_may_wait_for_their_end_at_once()
    {
        for (var scope = 0; scope < SettingsLayers.MaxEnds; scope++)
            Assert.IsType<SettingsDecision.Changed>(_clock.Ask([($"lane.pace@group:g{scope}", 1)], lasting: 30 * Minute));
        var error = Assert.Single(Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.pace@group:one-more", 1)], lasting: Minute)).Errors);
        Assert.Equal("forSeconds", error.Key);
        Assert.Contains("256 values wait for their end already", error.Message);
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.pace@group:one-more", 1)]));
        _clock.Pass(31 * Minute, away: true);
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.pace@group:one-more", 2)], lasting: Minute));
    }

    [Theory]
    [InlineData(0), InlineData(-1), InlineData(ChangeSettings.MaxForSeconds + 1)]
    public void A_time_that_cannot_be_is_refused_by_name(int seconds) =>
        Assert.Equal("forSeconds", Assert.Single(Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.batchCap", 64)], lasting: TimeSpan.FromSeconds(seconds))).Errors).Key);

    [Fact]
    public void A_rollback_leaves_what_still_holds_for_its_time()
    {
        _clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute);
        var then = _clock.Mark;
        _clock.Ask([("lane.pace", 1)]);
        Assert.Equal("lane.pace", Assert.Single(_clock.RollBack(then).Change!.Items).Key);
        Assert.Equal(64, _clock.Value("lane.batchCap"));
        _clock.Pass(30 * Minute);
        Assert.Equal((1024, 3), (_clock.Value("lane.batchCap"), _clock.Value("lane.pace")));
    }

    [Fact]
    public void A_rollback_does_not_bring_back_for_ever_what_was_to_hold_for_a_time()
    {
        _clock.Ask([("lane.batchCap", 100)]);
        _clock.Ask([("lane.batchCap", 64)], lasting: 30 * Minute);
        var then = _clock.Mark;
        _clock.Ask([("lane.batchCap", 500)]);
        Assert.Equal(SettingValue.Of(100), Assert.Single(_clock.RollBack(then).Change!.Items).Value);
        _clock.Pass(30 * Minute);
        Assert.Equal(100, _clock.Value("lane.batchCap"));
        Assert.IsType<SettingsDecision.Unchanged>(_clock.RollBack(then)); // 64 would have ended by now
    }

    [Fact]
    public void A_rollback_ends_what_was_to_hold_for_a_time_and_began_later()
    {
        _clock.Ask([("lane.pace", 1)]);
        var then = _clock.Mark;
        _clock.Ask([("lane.batchCap", 64), ("lane.pace@group:a", null)], lasting: 30 * Minute);
        _clock.Ask([("lane.batchCap", 1024)], lasting: 60 * Minute); // the value there was, but for a time
        Assert.Equal(SettingValue.Of(1024), Assert.Single(_clock.RollBack(then).Change!.Items).Value);
        Assert.Empty(_clock.Situation.Layers.Names);
        _clock.Pass(60 * Minute);
        Assert.Equal(3, _clock.Changes.Count - 1);
    }

    [Fact]
    public void Whatever_was_changed_a_rollback_leads_to_what_was_to_stay_then()
    {
        string[] names = ["lane.batchCap", "lane.pace@group:a", "intake.prefetch"];
        var step = Gen.Select(OneOf(names), Gen.Int[0, 9], Gen.Int[1, 20].Nullable(), Gen.Int[0, 15]);
        Gen.Select(step.Array[1, 30], Gen.Int[0, 30]).Sample((steps, back) =>
        {
            var clock = new Clockwork();
            var lasting = names.ToDictionary(name => name, Default);
            var then = new List<(SettingsMark Past, Dictionary<string, SettingValue?> Lasting)> { (clock.Mark, new(lasting)) };
            foreach (var (name, value, seconds, pause) in steps)
            {
                var asked = clock.Ask([(name, value == 0 ? null : value)], lasting: seconds is { } some ? TimeSpan.FromSeconds(some) : null);
                if (asked is SettingsDecision.Changed && seconds is null) lasting[name] = value == 0 ? Default(name) : SettingValue.Of(value);
                then.Add((clock.Mark, new(lasting)));
                clock.Pass(TimeSpan.FromSeconds(pause));
            }
            var (past, expected) = then[back % then.Count];
            var before = clock.Mark;
            clock.RollBack(past);
            Assert.All(names, name => Assert.True(
                Held(clock.Mark, name) == expected[name] || Held(clock.Mark, name) == Held(past, name) && Held(before, name) == Held(past, name), name)); // the second: it has held since
            clock.Pass(Minute);
            Assert.All(names, name => Assert.Equal(expected[name], Held(clock.Mark, name)));
        }, iter: 500);

        static SettingValue? Default(string name) => Held(SettingsMark.Begin, name);

        static SettingValue? Held(SettingsMark past, string name)
        {
            var (key, scope) = SettingsScope.Split(name, "fleet");
            return past.State.Values.Find(scope, key);
        }
    }

    /// <summary>Held against a model that keeps, for each setting, every value ever asked for and looks for the last that is still meant.</summary>
    [Fact]
    public void Whatever_is_changed_for_whatever_time_what_holds_is_the_last_value_that_has_not_ended()
    {
        var step = Gen.Select(OneOf("lane.batchCap", "lane.pace@group:a", "intake.prefetch"), Gen.Int[1, 9], Gen.Int[1, 20].Nullable(), Gen.Int[0, 15]);
        step.Array[1, 30].Sample(steps =>
        {
            var clock = new Clockwork();
            var model = new List<(string Name, int Value, DateTimeOffset? Until)>();
            foreach (var (name, value, lasting, pause) in steps)
            {
                if (clock.Ask([(name, value)], lasting: lasting is { } seconds ? TimeSpan.FromSeconds(seconds) : null) is SettingsDecision.Changed)
                    model.Add((name, value, clock.Now.AddSeconds(lasting ?? 1_000_000)));
                Assert.All(new[] { "lane.batchCap", "lane.pace@group:a", "intake.prefetch" }, Holds);
                clock.Pass(TimeSpan.FromSeconds(pause));
                Assert.All(new[] { "lane.batchCap", "lane.pace@group:a", "intake.prefetch" }, Holds);
            }

            void Holds(string name)
            {
                var (key, scope) = SettingsScope.Split(name, "fleet");
                var last = model.FindLastIndex(one => one.Name == name && one.Until > clock.Now);
                var expected = last >= 0 ? SettingValue.Of(model[last].Value) : SettingsSchema.DefaultValues.Find(scope, key);
                Assert.Equal(expected, clock.Situation.State.Values.Find(scope, key));
            }
        }, iter: 300);
    }
}
