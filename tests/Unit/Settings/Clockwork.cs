using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>ConfigService's decisions on a clock of their own, with the streams in memory: what is decided is folded, what is due is done.</summary>
internal sealed class Clockwork
{
    public SettingsSituation Situation { get; private set; } = SettingsSituation.Begin;
    public DateTimeOffset Now { get; private set; } = Noon;
    public FleetFacts Fleet { get; set; } = SmallFleet;
    public bool Approval { get; set; } = true;
    public List<SettingsChange> Changes { get; } = [];
    public Dictionary<long, string> Overdue { get; } = [];

    public SettingsDecision Ask(
        (string Key, int? Value)[] changes, TimeSpan? at = null, TimeSpan? lasting = null, string? breakGlass = null, string who = "anna") =>
        Ask(new ChangeSettings(changes.ToDictionary(change => change.Key, change => change.Value is { } value ? SettingValue.Of(value) : (SettingValue?)null), "test",
            At: at is { } ahead ? Now + ahead : null, ForSeconds: (int?)lasting?.TotalSeconds, BreakGlass: breakGlass), who);

    public SettingsDecision Ask(ChangeSettings ask, string who = "anna") =>
        Take(SettingsDecider.Decide(Situation, ask, Fleet, null, who, Now, Approval));

    public SettingsMark Mark => new(Situation.State, Situation.Layers);

    public SettingsDecision RollBack(SettingsMark to, string who = "anna") =>
        Take(SettingsDecider.RollBack(Situation, to, new RollBackSettings(to.State.Version, "worse"), Fleet, null, who, Now, Approval));

    public SettingsDecision Approve(long id, string who)
    {
        var decision = Take(ProposalDecider.Approve(Situation, id, who, Fleet, Now));
        Run();
        return decision;
    }

    public SettingsDecision Withdraw(long id) => Take(ProposalDecider.Withdraw(Situation, id, "ben", "not now", Now));

    /// <summary>Second by second, or away and then all at once.</summary>
    public void Pass(TimeSpan time, bool away = false)
    {
        var until = Now + time;
        while (!away && Now < until)
        {
            Now += TimeSpan.FromSeconds(1);
            Run();
        }
        Now = until;
        Run();
    }

    public int Value(string key, string scope = "fleet") => int.Parse(Situation.State.Values.Find(scope, key)!.Value.Text);

    public SettingsProposal Proposal(long id) => Situation.Proposals.All[id];

    private void Run()
    {
        for (var step = 0; ; step++)
        {
            Assert.True(step < 1000, "What is due is never done.");
            Overdue.Clear();
            if (ProposalDecider.Next(Situation, Fleet, Now, Overdue) is not { } decision) return;
            Take(decision);
        }
    }

    private SettingsDecision Take(SettingsDecision decision)
    {
        if (decision.Change is { } change)
        {
            Situation = Situation.With(change);
            Changes.Add(change);
        }
        if (decision.Event is { } planned) Situation = Situation.With(planned);
        return decision;
    }
}
