using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Processors.Hunts;

namespace TreasureHunt.Tests.Unit.Hunts;

/// <summary>
/// Given / When / Then for one hunt: takes actions as the ingress does, decides and folds them as a lane worker does.
/// The time stands where a test puts it.
/// </summary>
internal sealed class Play
{
    public static readonly Seal Seal = new("test", Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());
    private int _ids;

    private Play(string hunt) => Hunt = new Hunt(hunt);

    public Hunt Hunt { get; }
    public Rules? Rules { get; private set; }
    public DateTimeOffset Now { get; set; } = Sample.Opens.AddHours(-1);

    /// <summary>All facts so far, stamped, in stream order.</summary>
    public List<HuntFact> Facts { get; } = [];

    /// <summary>A published hunt, an hour before it opens.</summary>
    public static Play Published(HuntDefinition definition)
    {
        var play = Unpublished(definition.Hunt);
        play.Do("orga", new PublishHunt(definition) { ActionId = play.NextId() });
        return play;
    }

    public static Play Published(params Treasure[] treasures) => Published(Sample.Hunt(treasures));

    /// <summary>A hunt that has just opened, with a team of one player each: "ann" plays "team-ann" …</summary>
    public static Play Open(HuntDefinition definition, params string[] players)
    {
        var play = Published(definition);
        foreach (var player in players) play.Registers(player, $"team-{player}");
        play.Now = Sample.Opens;
        return play;
    }

    public static Play Unpublished(string hunt) => new(hunt);

    public Play At(TimeSpan sinceOpening)
    {
        Now = Sample.Opens + sinceOpening;
        return this;
    }

    public Play AtMinute(double minutes) => At(TimeSpan.FromMinutes(minutes));

    public HuntFact Registers(string player, string team, string? code = null) =>
        Do(player, new RegisterTeam(team, $"Team {team}", code) { ActionId = NextId() });

    public HuntFact Joins(string player, string team, string code) => Do(player, new JoinTeam(team, code) { ActionId = NextId() });

    public HuntFact Guesses(string player, string treasure, string guess) =>
        Do(player, new SubmitAnswer(treasure, guess) { ActionId = NextId() });

    public HuntFact Finds(string player, string treasure) => Guesses(player, treasure, $"answer {treasure}");

    public HuntFact TakesHint(string player, string treasure, string hint) => Do(player, new TakeHint(treasure, hint) { ActionId = NextId() });

    public HuntFact Organiser(Func<Guid, HuntAction> action) => Do("orga", action(NextId()));

    public HuntFact Do(string actor, HuntAction plain, bool service = false, DateTimeOffset? occurredAt = null) =>
        Work(Accept(actor, plain, service, occurredAt)) ?? throw new InvalidOperationException("It was decided before.");

    /// <summary>What the ingress makes of a plain action.</summary>
    public AcceptedAction Accept(string actor, HuntAction plain, bool service = false, DateTimeOffset? occurredAt = null) =>
        new(Hunt.Slug, actor, ActionSeal.Fingerprint(plain, Seal), Now, ActionSeal.Close(plain, Hunt.Slug, Seal), occurredAt, service);

    /// <summary>What a lane worker makes of an accepted action: a stamped fact; null when it was decided before.</summary>
    public HuntFact? Work(AcceptedAction accepted)
    {
        var eventId = ActionIds.EventId(Hunt.Slug, accepted.Actor, accepted.Action.ActionId);
        if (Hunt.Recent.TryGet(eventId, out _)) return null;
        var now = HuntClock.Now(Hunt, accepted);
        var guess = accepted.Action is SubmitAnswer submit ? OpenedGuess.Open(submit, Hunt.Slug, Seal) : null;
        var fact = Decider.Decide(Hunt, accepted, guess, Rules, now);
        var stamped = fact with
        {
            Stamp = new Stamp(now, accepted.Action.ActionId, accepted.Actor, accepted.Fingerprint, SettingsVersion: 1,
                Hunt.Life.DefinitionVersion, "ingress-1", "processor-1"),
        };
        Hunt.Evolve(Hunt.Version + 1, stamped, eventId);
        Facts.Add(stamped);
        if (stamped is HuntPublished published) Rules = Rules.Compile(published.Definition, Seal);
        return stamped;
    }

    public int Points(string team) => Hunt.Standings.PointsOf(Team(team));

    public TeamStanding Team(string team) => Hunt.Standings.Team(team) ?? throw new ArgumentException($"No team {team}.");

    /// <summary>The view that boards are made from, folded from the same facts.</summary>
    public HuntView View()
    {
        var view = new HuntView(Hunt.Slug);
        for (var i = 0; i < Facts.Count; i++) view.Apply(i + 1, Facts[i]);
        return view;
    }

    /// <summary>The hunt folded anew from its facts.</summary>
    public Hunt Replay(int from = 0, Hunt? onto = null)
    {
        var hunt = onto ?? new Hunt(Hunt.Slug);
        for (var i = from; i < Facts.Count; i++) hunt.Evolve(i + 1, Facts[i]);
        return hunt;
    }

    /// <summary>UUIDv7 of the hunt's present time, numbered.</summary>
    public Guid NextId() => Id(Now, ++_ids);

    public static Guid Id(DateTimeOffset at, int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = 0x70;
        bytes[7] = 0;
        bytes[8..].Clear();
        bytes[8] = 0x80;
        BitConverter.TryWriteBytes(bytes[12..], number);
        return new Guid(bytes, bigEndian: true);
    }
}

internal static class Then
{
    public static RefusalCode Refused(HuntFact fact) => Assert.IsType<ActionRefused>(fact).Code;
}
