using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// One hunt in memory: all that its decisions need, folded from its facts, live and on replay by the same
/// <see cref="Evolve"/>. Worked by its lane's worker alone; nothing here is thread-safe.
/// </summary>
public sealed class Hunt(string slug)
{
    public string Slug { get; } = slug;

    /// <summary>Stream version: the number of actions decided.</summary>
    public long Version { get; internal set; }

    /// <summary>The hunt's clock stands here: time of its last fact, UTC.</summary>
    public DateTimeOffset LastAt { get; internal set; }
    public HuntLife Life { get; internal set; } = new();
    public Standings Standings { get; internal set; } = new();
    public RecentActions Recent { get; } = new();

    internal Dictionary<string, HuntTeam> Teams { get; } = new(StringComparer.Ordinal);
    internal Dictionary<string, HuntTeam> TeamOfPlayer { get; } = new(StringComparer.Ordinal);

    /// <summary>Folds the next fact of the stream.</summary>
    /// <param name="version">exactly one more than <see cref="Version"/></param>
    /// <param name="stamped">a fact with its stamp</param>
    /// <param name="eventId">the fact's event id where the caller has it; otherwise computed from the stamp</param>
    /// <exception cref="InvalidOperationException">a gap or a repetition in the stream: drop this hunt and load it again</exception>
    public void Evolve(long version, HuntFact stamped, Guid? eventId = null)
    {
        if (version != Version + 1)
            throw new InvalidOperationException($"Hunt '{Slug}' stands at version {Version}; fact {version} does not follow.");
        var stamp = stamped.Stamp ?? throw new ArgumentException("A stored fact carries its stamp.", nameof(stamped));
        var at = stamp.At.ToUniversalTime();

        Life.Apply(stamped, at);
        Standings.Apply(stamped, at);
        switch (stamped)
        {
            case TeamRegistered registered: Register(registered); break;
            case TeamJoined joined when Teams.TryGetValue(joined.Team, out var team): TeamOfPlayer[joined.Player] = team; break;
            case AnswerWrong wrong when Find(wrong.Team, wrong.Treasure) is var (team, treasure):
                Count(team, treasure, at);
                team.WrongGuesses.Add((treasure.Index, KeyedHash.Parse(wrong.GuessMac)));
                break;
            case TreasureFound found when Find(found.Team, found.Treasure) is var (team, treasure):
                Count(team, treasure, at);
                break;
        }

        Recent.Add(version, eventId ?? ActionIds.EventId(Slug, stamp.Actor, stamp.ActionId), KeyedHash.Parse(stamp.Fingerprint).High);
        Version = version;
        if (at > LastAt) LastAt = at;
    }

    private void Register(TeamRegistered registered)
    {
        var team = new HuntTeam(Standings.Team(registered.Team)!, registered.CodeMac);
        Teams[registered.Team] = team;
        if (registered.Player is { } player) TeamOfPlayer[player] = team;
    }

    private (HuntTeam, TreasureStanding)? Find(string team, string treasure) =>
        Teams.TryGetValue(team, out var t) && Standings.Treasure(treasure) is { } r ? (t, r) : null;

    /// <summary>Right and wrong guesses are judged guesses; near misses and repeats are not.</summary>
    private static void Count(HuntTeam team, TreasureStanding treasure, DateTimeOffset at)
    {
        if (treasure.Rule.Attempts?.Max is not { } max) return;
        if (!team.Attempts.TryGetValue(treasure.Index, out var window)) team.Attempts[treasure.Index] = window = new AttemptWindow();
        window.Add(at, max);
    }
}
