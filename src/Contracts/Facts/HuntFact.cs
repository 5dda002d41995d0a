using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Contracts.Facts;

/// <summary>
/// What happened in a hunt. One action is exactly one fact, refusals included, so a stream's version is the number of
/// decided actions. "type" on the wire and in the store is the name in <see cref="FactNames"/>; stored names never change.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(HuntPublished), FactNames.HuntPublished)]
[JsonDerivedType(typeof(HuntOpened), FactNames.HuntOpened)]
[JsonDerivedType(typeof(HuntClosed), FactNames.HuntClosed)]
[JsonDerivedType(typeof(HuntPaused), FactNames.HuntPaused)]
[JsonDerivedType(typeof(HuntResumed), FactNames.HuntResumed)]
[JsonDerivedType(typeof(BoardFrozen), FactNames.BoardFrozen)]
[JsonDerivedType(typeof(BoardThawed), FactNames.BoardThawed)]
[JsonDerivedType(typeof(TeamRegistered), FactNames.TeamRegistered)]
[JsonDerivedType(typeof(TeamJoined), FactNames.TeamJoined)]
[JsonDerivedType(typeof(TreasureFound), FactNames.TreasureFound)]
[JsonDerivedType(typeof(AnswerWrong), FactNames.AnswerWrong)]
[JsonDerivedType(typeof(AnswerNear), FactNames.AnswerNear)]
[JsonDerivedType(typeof(AnswerRepeated), FactNames.AnswerRepeated)]
[JsonDerivedType(typeof(HintTaken), FactNames.HintTaken)]
[JsonDerivedType(typeof(ActionRefused), FactNames.ActionRefused)]
[JsonDerivedType(typeof(ActionParked), FactNames.ActionParked)]
public abstract record HuntFact
{
    private protected HuntFact() { }

    /// <summary>Who, when and under what; added by the worker, never by the decision.</summary>
    public Stamp? Stamp { get; init; }

    /// <summary>Does a view of the hunt (board, team page, feed) change by this fact?</summary>
    [JsonIgnore]
    public bool ChangesViews => this is not (AnswerNear or AnswerRepeated or ActionRefused or ActionParked);

    /// <summary>As it leaves the processor: the guess stays in the stream, even sealed.</summary>
    public HuntFact WithoutGuess() => this switch
    {
        TreasureFound found => found with { Guess = null },
        AnswerWrong wrong => wrong with { Guess = null },
        AnswerNear near => near with { Guess = null },
        _ => this,
    };
}

/// <summary>What every stored fact carries beside itself.</summary>
/// <param name="At">the hunt's clock: never before the previous fact's</param>
/// <param name="Actor">subject of the token that asked</param>
/// <param name="Fingerprint">keyed hash of the action's plain body</param>
/// <param name="Cause">the action this one replays, if any</param>
/// <param name="SettingsVersion">settings version in force in the processor when it was decided</param>
/// <param name="DefinitionVersion">version of the hunt's definition it was judged by; 0 before publication</param>
public sealed record Stamp(
    DateTimeOffset At, Guid ActionId, string Actor, string Fingerprint,
    long SettingsVersion, int DefinitionVersion, string Ingress, string Processor, Guid? Cause = null);

public sealed record HuntPublished(HuntDefinition Definition, int DefinitionVersion) : HuntFact;

public sealed record HuntOpened : HuntFact;

public sealed record HuntClosed : HuntFact;

public sealed record HuntPaused : HuntFact;

public sealed record HuntResumed : HuntFact;

public sealed record BoardFrozen : HuntFact;

public sealed record BoardThawed : HuntFact;

/// <param name="Player">the registering subject: first member of the team; null when a service registered it</param>
/// <param name="CodeMac">keyed hash of the join code</param>
public sealed record TeamRegistered(string Team, string? Player = null, string? CodeMac = null) : HuntFact;

public sealed record TeamJoined(string Team, string Player) : HuntFact;

/// <param name="Ordinal">1 for the first finder of the treasure, by stream order</param>
/// <param name="Points">what the find is worth for good; null when the treasure's value is live</param>
/// <param name="Bonus">extra points of the first finders</param>
/// <param name="Guess">sealed</param>
/// <param name="GuessMac">keyed hash of the normalised guess</param>
public sealed record TreasureFound(
    string Team, string Treasure, int Ordinal, int Bonus, string GuessMac, int? Points = null, string? Guess = null) : HuntFact;

/// <param name="Penalty">points (ranking points) or minutes (solved-then-penalty)</param>
public sealed record AnswerWrong(string Team, string Treasure, string GuessMac, int Penalty, string? Guess = null) : HuntFact;

/// <param name="NearMiss">index into the treasure's near misses</param>
public sealed record AnswerNear(string Team, string Treasure, string GuessMac, int NearMiss, string? Guess = null) : HuntFact;

/// <summary>The same wrong guess again: costs nothing, changes nothing.</summary>
public sealed record AnswerRepeated(string Team, string Treasure, string GuessMac) : HuntFact;

/// <param name="Cost">points (ranking points) or minutes (solved-then-penalty)</param>
public sealed record HintTaken(string Team, string Treasure, string Hint, int Cost) : HuntFact;

/// <param name="Action">kind of the refused action</param>
/// <param name="Until">when it may be tried again, where that is known</param>
public sealed record ActionRefused(
    string Action, RefusalCode Code, string? Team = null, string? Treasure = null, string? Hint = null, DateTimeOffset? Until = null) : HuntFact;

/// <param name="Cause">one line for people</param>
public sealed record ActionParked(string Action, string Cause) : HuntFact;

/// <summary>Names of facts in the store and on the wire. Never change one; add a version instead.</summary>
public static class FactNames
{
    public const string HuntPublished = "hunt-published";
    public const string HuntOpened = "hunt-opened";
    public const string HuntClosed = "hunt-closed";
    public const string HuntPaused = "hunt-paused";
    public const string HuntResumed = "hunt-resumed";
    public const string BoardFrozen = "board-frozen";
    public const string BoardThawed = "board-thawed";
    public const string TeamRegistered = "team-registered";
    public const string TeamJoined = "team-joined";
    public const string TreasureFound = "treasure-found";
    public const string AnswerWrong = "answer-wrong";
    public const string AnswerNear = "answer-near";
    public const string AnswerRepeated = "answer-repeated";
    public const string HintTaken = "hint-taken";
    public const string ActionRefused = "action-refused";
    public const string ActionParked = "action-parked";
}

/// <summary>A fact and where it stands in its stream.</summary>
public sealed record VersionedFact(long Version, HuntFact Fact);
