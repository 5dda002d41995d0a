using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Processors.Hunts;

namespace TreasureHunt.Tests.Unit.Contests;

/// <summary>A contest decided and folded by the engine's pure parts: no broker, no store, no clock.</summary>
internal sealed class InProcessReplay : IDisposable
{
    private static readonly DateTimeOffset Today = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly Seal _seal = new("k1", new byte[32]);
    private readonly Contest _contest;
    private readonly ContestHunt _plan;
    private readonly Hunt _hunt;
    private Rules? _rules;

    public InProcessReplay(Contest contest)
    {
        _contest = contest;
        _plan = new ContestHunt(contest);
        _hunt = new Hunt(_plan.Hunt);
        View = new HuntView(_plan.Hunt);
    }

    public HuntView View { get; }
    public List<HuntFact> Facts { get; } = [];

    public void Dispose() => _seal.Dispose();

    public EngineResult Run()
    {
        Decide(new PublishHunt(_plan.Definition) { ActionId = Guid.CreateVersion7(Today) }, null);
        foreach (var (action, occurredAt) in _plan.Registrations.Concat(_plan.Runs)) Decide(action, occurredAt);
        var frozen = _contest.FreezeAt is null ? null : Board(View.Public);
        if (frozen is not null) Decide(new ThawBoard { ActionId = Guid.CreateVersion7(Today) }, null);
        return new EngineResult(frozen, Board(View.Public), [.. Facts.OfType<TreasureFound>().Where(found => found.Ordinal == 1).Select(found =>
            new FirstSolve(_plan.Treasures.IdOf(found.Treasure)!, _plan.Teams.IdOf(found.Team)!, found.Stamp!.At - _contest.Start))]);
    }

    private void Decide(HuntAction action, DateTimeOffset? occurredAt)
    {
        var sealedAction = ActionSeal.Close(action, _plan.Hunt, _seal);
        var accepted = new AcceptedAction(_plan.Hunt, "importer", ActionSeal.Fingerprint(action, _seal), Today, sealedAction, occurredAt, Service: true);
        var guess = sealedAction is SubmitAnswer submit ? OpenedGuess.Open(submit, _plan.Hunt, _seal) : null;
        var now = HuntClock.Now(_hunt, accepted);
        var fact = Decider.Decide(_hunt, accepted, guess, _rules, now) with
        {
            Stamp = new Stamp(now, action.ActionId, "importer", accepted.Fingerprint, 0, _hunt.Life.DefinitionVersion, "ingress-1", "processor-1"),
        };
        if (fact is HuntPublished published) _rules = Rules.Compile(published.Definition, _seal);
        _hunt.Evolve(_hunt.Version + 1, fact);
        View.Apply(_hunt.Version, fact);
        Facts.Add(fact);
    }

    private List<BoardEntry> Board(Standings standings) =>
    [
        .. standings.Rank().Select(row => new BoardEntry(
            row.Rank, _plan.Teams.IdOf(row.Team)!, row.Solved, row.PenaltyMinutes, row.LastFindAt - _contest.Start)),
    ];
}
