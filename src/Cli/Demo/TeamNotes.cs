using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// What a simulated team has learned from the engine's answers and nothing else: found, gone, when to try again, what
/// was wrong. Shared by its players, so everything is under one lock.
/// </summary>
internal sealed class TeamNotes(HuntDefinition hunt)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _found = [];
    private readonly HashSet<string> _gone = [];
    private readonly HashSet<string> _locked = [];
    private readonly HashSet<(string Treasure, string Hint)> _hints = [];
    private readonly Dictionary<string, DateTimeOffset> _notBefore = [];
    private readonly Dictionary<string, List<string>> _wrong = [];

    public void Learn(HuntAction action, ActionReply reply, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (reply is { Code: RefusalCode.TooManyAttempts or RefusalCode.HintNotYet, Treasure: { } early })
                _notBefore[early] = reply.Until ?? now + TimeSpan.FromSeconds(20);
            else if (reply is { Code: RefusalCode.TreasureLocked, Treasure: { } closed }) _locked.Add(closed);
            else if (reply is { Code: RefusalCode.TreasureAllFound, Treasure: { } empty }) _gone.Add(empty);
            else if (reply is { Fact: FactNames.HintTaken, Treasure: { } about, Hint: { } hint }) _hints.Add((about, hint));
            else if (reply is { Fact: FactNames.AnswerWrong, Treasure: { } missed } && action is SubmitAnswer { Guess: var guess })
                (_wrong.TryGetValue(missed, out var list) ? list : _wrong[missed] = []).Add(guess);
            else if (reply.Treasure is { } found && (reply.Fact == FactNames.TreasureFound || reply.Code == RefusalCode.TreasureAlreadyFound) && _found.Add(found))
                _locked.Clear(); // something else may be open now
        }
    }

    /// <summary>Treasures worth a try: not found, not gone, not to be left alone for now, and not known to be locked.</summary>
    public IReadOnlyList<Treasure> Open(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. hunt.Treasures.Where(t =>
                !_found.Contains(t.Id) && !_gone.Contains(t.Id) && !_locked.Contains(t.Id)
                && !(_notBefore.TryGetValue(t.Id, out var at) && at > now) && LooksOpen(t.Needs))];
        }
    }

    public string? WrongGuess(string treasure, Random random)
    {
        lock (_gate) return _wrong.TryGetValue(treasure, out var list) ? list[random.Next(list.Count)] : null;
    }

    public Hint? NextHint(Treasure treasure)
    {
        lock (_gate) return treasure.Hints.FirstOrDefault(h => !_hints.Contains((treasure.Id, h.Id)));
    }

    /// <summary>Points and times only the engine knows: there a player just tries.</summary>
    private bool LooksOpen(Needs? needs) => needs switch
    {
        { All: { } all } => all.All(_found.Contains),
        { Any: { } any } => any.Any(_found.Contains),
        { AtLeast: { } count, Of: { } of } => of.Count(_found.Contains) >= count,
        _ => true,
    };
}
