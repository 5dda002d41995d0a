using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Tests.Faults.Clients;

namespace TreasureHunt.Tests.Faults.Checks;

/// <summary>
/// A game played without any server: what a faultless engine would have stored, and the clients' book about it.
/// Tests change one thing in it and want the checker to see it.
/// </summary>
internal sealed class SmallGame
{
    public const string Hunt = "small";

    private readonly ManualClock _clock = new();
    private readonly Hunt _hunt = new(Hunt);
    private Rules? _rules;

    private SmallGame() => Ledger = new ClientLedger(_clock);

    public Seal Seal { get; } = new("k1", new byte[32]);
    public ClientLedger Ledger { get; }
    public List<StoredEvent> Events { get; } = [];
    public List<ParkedAction> Parked { get; } = [];

    public static SmallGame Play(int players = 6, int rounds = 80)
    {
        var game = new SmallGame();
        game.Apply("organiser", new PublishHunt(LoadHunt.Definition(Hunt, game._clock.GetUtcNow())) { ActionId = game.NewId() });
        var all = Enumerable.Range(1, players).Select(number => new LoadPlayer(Hunt, number, seed: 7, game._clock)).ToList();
        foreach (var player in all) game.Apply(player.Subject, player.Register());
        for (var round = 0; round < rounds; round++)
            foreach (var player in all) game.Apply(player.Subject, player.Next());
        return game;
    }

    public IReadOnlyList<Violation> Check() =>
        Checker.Check(new History(Events, new Dictionary<string, long> { [Hunt] = Events.Count }, Parked), Ledger.Entries, Seal);

    /// <summary>Takes an event out and closes the gap, as a store would that never got it.</summary>
    public StoredEvent Lose(Func<StoredEvent, bool> which)
    {
        var lost = Events.First(which);
        Events.Remove(lost);
        Renumber();
        return lost;
    }

    public void Renumber()
    {
        for (var i = 0; i < Events.Count; i++) Events[i] = Events[i] with { Version = i + 1 };
    }

    public LedgerEntry EntryOf(StoredEvent stored) => Ledger.Entries.Single(entry => entry.EventId == stored.Id);

    private void Apply(string actor, params IReadOnlyList<HuntAction> actions)
    {
        _clock.Tick();
        foreach (var entry in Ledger.Begin(Hunt, actor, byService: false, actions))
        {
            var action = entry.Action;
            var accepted = new AcceptedAction(Hunt, actor, ActionSeal.Fingerprint(action, Seal), _clock.GetUtcNow(), ActionSeal.Close(action, Hunt, Seal));
            var guess = accepted.Action is SubmitAnswer answer ? OpenedGuess.Open(answer, Hunt, Seal) : null;
            var now = HuntClock.Now(_hunt, accepted);
            var fact = Decider.Decide(_hunt, accepted, guess, _rules, now) with
            {
                Stamp = new Stamp(now, action.ActionId, actor, accepted.Fingerprint, 0, _hunt.Life.DefinitionVersion, "ingress-1", "processor-1"),
            };
            _hunt.Evolve(_hunt.Version + 1, fact);
            if (fact is HuntPublished published) _rules = Rules.Compile(published.Definition, Seal);
            var stored = new StoredEvent(entry.EventId, Hunt, _hunt.Version, fact);
            Events.Add(stored);
            _clock.Tick();
            entry.Tries = 1;
            entry.AcceptedAt = entry.DecidedAt = _clock.GetTimestamp();
            entry.Reply = Told.Of(stored);
        }
    }

    private Guid NewId() => Guid.CreateVersion7(_clock.GetUtcNow());

    private sealed class ManualClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 12, 1, 18, 0, 0, TimeSpan.Zero);

        public void Tick() => _now += TimeSpan.FromMilliseconds(10);

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
