using CsCheck;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsProposalTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Clockwork _clock = new();

    [Fact]
    public void A_scheduled_change_is_made_at_its_time_by_who_asked_for_it()
    {
        var id = Planned(_clock.Ask([("lane.batchCap", 64)], at: 10 * Minute, lasting: 5 * Minute));
        Assert.Equal(ProposalState.Scheduled, _clock.Proposal(id).State);
        Assert.Equal(0, _clock.Situation.State.Version);
        _clock.Pass(10 * Minute);
        var change = Assert.Single(_clock.Changes);
        Assert.Equal(("anna", "test", id, Noon + 15 * Minute), (change.Who, change.Why, change.Proposal, change.Until));
        Assert.Equal((ProposalState.Applied, 1), (_clock.Proposal(id).State, _clock.Proposal(id).Version));
        _clock.Pass(5 * Minute);
        Assert.Equal((2, 1024), (_clock.Changes.Count, _clock.Value("lane.batchCap")));
    }

    [Fact]
    public void A_dangerous_setting_waits_for_a_second_person()
    {
        var id = Planned(_clock.Ask([("lane.concurrency", 4), ("lane.pace", 1)]));
        _clock.Pass(Minute);
        Assert.Equal((ProposalState.Waiting, 0), (_clock.Proposal(id).State, _clock.Changes.Count));
        Assert.Equal(new SettingsDecision.Forbidden($"A second person must approve proposal {id}: anna proposed it."), _clock.Approve(id, "anna"));
        _clock.Approve(id, "ben");
        var change = Assert.Single(_clock.Changes);
        Assert.Equal(("anna", "ben", id), (change.Who, change.ApprovedBy, change.Proposal));
        Assert.Equal((4, 1), (_clock.Value("lane.concurrency"), _clock.Value("lane.pace")));
        Assert.IsType<SettingsDecision.Pending>(_clock.Approve(id, "ben")); // sent twice
        Assert.Contains("applied already, as version 1", Assert.IsType<SettingsDecision.Conflict>(_clock.Approve(id, "carl")).Why);
        Assert.IsType<SettingsDecision.Conflict>(_clock.Withdraw(id));
        Assert.Equal(new SettingsDecision.Unknown(99), _clock.Approve(99, "ben"));
    }

    [Fact]
    public void An_approval_of_what_would_break_a_rule_at_its_time_is_refused_with_when_and_why()
    {
        _clock.Fleet = new FleetFacts([new("processors", "p-1"), new("processors", "p-2")], 8, 60); // 20 connections are left for two
        var (wide, narrow) = (
            Planned(_clock.Ask([("lane.concurrency", 8)], at: 10 * Minute)),
            Planned(_clock.Ask([("lane.concurrency@instance:p-1", 14)], at: 20 * Minute))); // each by itself would do
        _clock.Approve(wide, "ben");
        var error = Assert.Single(Assert.IsType<SettingsDecision.Refused>(_clock.Approve(narrow, "ben")).Errors);
        Assert.Contains("At 2026-11-22 12:20:00 UTC", error.Message);
        Assert.Contains("22 commits under way at once", error.Message);
        Assert.Equal(ProposalState.Waiting, _clock.Proposal(narrow).State); // it may be approved when it fits
        _clock.Withdraw(wide);
        Assert.IsType<SettingsDecision.Planned>(_clock.Approve(narrow, "ben"));
    }

    [Fact]
    public void Without_a_second_person_glass_can_be_broken_and_that_is_kept()
    {
        var change = Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.concurrency", 4)], breakGlass: "alone at night")).Change;
        Assert.Equal("alone at night", change.BreakGlass);
        Assert.Equal("breakGlass", Assert.Single(Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.concurrency", 5)], breakGlass: " ")).Errors).Key);
        var id = Planned(_clock.Ask([("lane.concurrency", 6)], at: Minute, breakGlass: "will be alone"));
        _clock.Pass(Minute);
        Assert.Equal((ProposalState.Applied, "will be alone"), (_clock.Proposal(id).State, _clock.Changes[^1].BreakGlass));
    }

    [Fact]
    public void Where_approval_is_off_and_for_what_is_not_dangerous_nobody_is_asked()
    {
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.pace", 1)]));
        _clock.Approval = false;
        Assert.IsType<SettingsDecision.Changed>(_clock.Ask([("lane.concurrency", 4)]));
    }

    [Fact]
    public void A_rollback_follows_the_same_rule()
    {
        _clock.Ask([("lane.concurrency", 4)], breakGlass: "alone");
        var id = Planned(_clock.RollBack(SettingsMark.Begin));
        _clock.Approve(id, "ben");
        Assert.Equal(("rollback:0", "ben", 2), (_clock.Changes[^1].Cause, _clock.Changes[^1].ApprovedBy, _clock.Value("lane.concurrency")));
    }

    [Fact]
    public void A_scheduled_dangerous_change_needs_both_and_lapses_when_nobody_approves_in_time()
    {
        var (first, second) = (Planned(_clock.Ask([("lane.concurrency", 4)], at: 10 * Minute)), Planned(_clock.Ask([("lane.concurrency", 5)], at: 20 * Minute)));
        _clock.Approve(second, "ben");
        Assert.Equal(ProposalState.Scheduled, _clock.Proposal(second).State);
        _clock.Pass(30 * Minute);
        Assert.Equal((ProposalState.Refused, "Nobody approved it by 2026-11-22 12:10:00 UTC."), (_clock.Proposal(first).State, _clock.Proposal(first).Reason));
        Assert.Equal((ProposalState.Applied, 5), (_clock.Proposal(second).State, _clock.Value("lane.concurrency")));
        var never = Planned(_clock.Ask([("lane.concurrency", 6)]));
        _clock.Pass(SettingsProposal.MaxWait, away: true);
        Assert.Equal(ProposalState.Refused, _clock.Proposal(never).State);
    }

    [Fact]
    public void What_is_withdrawn_is_not_made()
    {
        var id = Planned(_clock.Ask([("lane.batchCap", 64)], at: 10 * Minute));
        _clock.Withdraw(id);
        _clock.Pass(20 * Minute);
        Assert.Equal((ProposalState.Withdrawn, "ben: not now", 0), (_clock.Proposal(id).State, _clock.Proposal(id).Reason, _clock.Changes.Count));
        Assert.IsType<SettingsDecision.Pending>(_clock.Withdraw(id));
    }

    [Fact]
    public void The_same_request_sent_twice_is_one_proposal()
    {
        var at = Noon + Minute;
        var ask = new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.batchCap"] = SettingValue.Of(64) }, "test", At: at);
        var id = Planned(_clock.Ask(ask));
        Assert.Equal(id, Assert.IsType<SettingsDecision.Pending>(_clock.Ask(ask)).Proposal.Id);
        Assert.NotEqual(id, Planned(_clock.Ask(ask, "ben")));
    }

    [Fact]
    public void What_would_break_a_rule_at_its_time_is_refused_when_it_is_proposed()
    {
        _clock.Ask([("lane.window", 128), ("lane.prefetch", 128)], lasting: 30 * Minute);
        Planned(_clock.Ask([("lane.window", 100)], at: 20 * Minute, lasting: 5 * Minute));
        var refused = Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.window", 100)], at: 40 * Minute));
        Assert.StartsWith("At 2026-11-22 12:40:00 UTC, when proposal 2 is made: lane.window = 100 is too much", Assert.Single(refused.Errors).Message);
        Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.window", 100)], at: 20 * Minute, lasting: 20 * Minute)); // the prefetch beneath ends meanwhile
    }

    [Fact]
    public void A_change_now_that_would_break_what_is_scheduled_is_refused()
    {
        Planned(_clock.Ask([("lane.window", 12)], at: 20 * Minute));
        var refused = Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.window", 5), ("lane.prefetch", 6)]));
        Assert.Contains("when proposal 1 is made", Assert.Single(refused.Errors).Message);
    }

    [Fact]
    public void What_is_not_acceptable_any_more_at_its_time_is_refused_and_kept()
    {
        var id = Planned(_clock.Ask([("lane.concurrency", 10)], at: 10 * Minute, breakGlass: "x"));
        _clock.Fleet = new FleetFacts([new("processors", "p-1")], 8, 25);
        _clock.Pass(20 * Minute);
        Assert.Equal(ProposalState.Refused, _clock.Proposal(id).State);
        Assert.Contains("only 5 are left", _clock.Proposal(id).Reason);
        Assert.Empty(_clock.Changes);
    }

    [Fact]
    public void What_was_due_while_the_service_was_away_is_made_at_its_return_unless_its_time_is_over()
    {
        var plain = Planned(_clock.Ask([("lane.batchCap", 64)], at: Minute));
        var over = Planned(_clock.Ask([("lane.pace", 1)], at: Minute, lasting: Minute));
        _clock.Pass(10 * Minute, away: true);
        Assert.Equal("test (late by 540 s: the settings service was away)", Assert.Single(_clock.Changes).Why);
        Assert.Equal((ProposalState.Applied, ProposalState.Refused), (_clock.Proposal(plain).State, _clock.Proposal(over).State));
        Assert.Contains("was over before it could be made", _clock.Proposal(over).Reason);
    }

    [Theory]
    [InlineData(0), InlineData(-5), InlineData(367 * 24 * 60)]
    public void A_moment_that_cannot_be_is_refused_by_name(int minutes) =>
        Assert.Equal("at", Assert.Single(Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.batchCap", 64)], at: minutes * Minute)).Errors).Key);

    [Fact]
    public void No_more_proposals_are_taken_than_can_be_looked_over()
    {
        for (var n = 1; n <= ProposalBook.MaxOpen; n++) Planned(_clock.Ask([("lane.batchCap", n)], at: n * Minute));
        Assert.IsType<SettingsDecision.Refused>(_clock.Ask([("lane.batchCap", 1000)], at: Minute));
    }

    /// <summary>Whatever is asked, approved, withdrawn and passed: no state breaks a rule, versions have no gap, nothing due is left, every proposal ends once.</summary>
    [Fact]
    public void Random_plans_never_give_a_state_that_breaks_a_rule()
    {
        var step = Gen.Select(Gen.Int[0, 5], OneOf("lane.window", "lane.prefetch", "lane.concurrency", "ingress.rateBurst", "ingress.laneDepth", "lane.window@group:a"), Gen.Int[1, 300],
            Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, 15]);
        step.Array[1, 40].Sample(steps =>
        {
            var clock = new Clockwork { Fleet = new FleetFacts([new("processors", "p-1", "a"), new("processors", "p-2"), new("ingress", "i-1")], 8, 90) };
            foreach (var (kind, key, value, at, lasting, pause) in steps)
            {
                var number = clock.Situation.Proposals.Version + 1;
                clock.Ask([(key, value), (key == "lane.window" ? "lane.pace" : "lane.window", value % 10)],
                    at: kind is 1 or 3 ? TimeSpan.FromSeconds(at) : null, lasting: kind is 2 or 3 ? TimeSpan.FromSeconds(lasting) : null, breakGlass: kind == 4 ? "alone" : null);
                if (value % 3 == 0) clock.Approve(number, "ben");
                if (value % 7 == 0) clock.Withdraw(number);
                clock.Pass(TimeSpan.FromSeconds(pause), away: value % 5 == 0);
            }
            clock.Pass(TimeSpan.FromHours(25), away: true);
            Assert.Empty(clock.Situation.Proposals.Open);
            Assert.Empty(clock.Situation.Layers.Returns(clock.Now));
            Assert.Empty(clock.Overdue);
            var state = SettingsState.Initial;
            foreach (var change in clock.Changes)
            {
                state = SettingsState.Evolve(state, change); // throws at a gap
                Assert.Empty(SettingsInvariants.Broken(state.Values, clock.Fleet));
                Assert.All(change.Items, item => Assert.True(item.Value is null || SettingsSchema.Find(item.Key)!.TryAccept(item.Value.Value, out _, out _)));
                var dangerous = change.Items.Any(item => SettingsSchema.Find(item.Key)!.Dangerous);
                Assert.True(!dangerous || change.ApprovedBy is not null || change.BreakGlass is not null || SettingsLayers.IsReturn(change), $"{change}");
            }
            Assert.Equal(state.Values, clock.Situation.State.Values);
        }, iter: 200);
    }

    private static long Planned(SettingsDecision decision) => Assert.IsType<SettingsDecision.Planned>(decision).Event.Proposal;
}
