using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Facts;

/// <summary>Why an action was refused. Stored and sent as the kebab-case name; codes are stable.</summary>
[JsonConverter(typeof(RefusalCodeConverter))]
public enum RefusalCode
{
    HuntNotPublished,
    HuntAlreadyPublished,
    HuntNotOpen,
    HuntAlreadyOpen,
    HuntClosed,
    HuntPaused,
    HuntNotPaused,
    BoardAlreadyFrozen,
    BoardNotFrozen,
    TeamUnknown,
    TeamNameTaken,
    TeamNotRegistered,
    PlayerAlreadyInTeam,
    JoinCodeWrong,
    TreasureUnknown,
    TreasureLocked,
    TreasureAlreadyFound,
    TreasureAllFound,
    TooManyAttempts,
    GuessEmpty,
    HintUnknown,
    HintAlreadyTaken,
    HintNotYet,
    DefinitionInvalid,
}

public sealed class RefusalCodeConverter() : JsonStringEnumConverter<RefusalCode>(System.Text.Json.JsonNamingPolicy.KebabCaseLower)
{
    /// <summary>The code as it is stored and sent.</summary>
    public static string NameOf(RefusalCode code) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());
}

public static class Refusals
{
    /// <summary>A sentence a player understands.</summary>
    public static string Sentence(RefusalCode code) => code switch
    {
        RefusalCode.HuntNotPublished => "This hunt has not been published yet.",
        RefusalCode.HuntAlreadyPublished => "This hunt has been published already; a slug is never used twice.",
        RefusalCode.HuntNotOpen => "This hunt has not opened yet.",
        RefusalCode.HuntAlreadyOpen => "This hunt is open already.",
        RefusalCode.HuntClosed => "This hunt is over.",
        RefusalCode.HuntPaused => "This hunt is paused; try again when it goes on.",
        RefusalCode.HuntNotPaused => "This hunt is not paused.",
        RefusalCode.BoardAlreadyFrozen => "The board is frozen already.",
        RefusalCode.BoardNotFrozen => "The board is not frozen.",
        RefusalCode.TeamUnknown => "There is no such team in this hunt.",
        RefusalCode.TeamNameTaken => "Another team has taken that id; choose another.",
        RefusalCode.TeamNotRegistered => "You are in no team of this hunt: register one or join one first.",
        RefusalCode.PlayerAlreadyInTeam => "You are in a team of this hunt already.",
        RefusalCode.JoinCodeWrong => "That join code does not open this team.",
        RefusalCode.TreasureUnknown => "There is no such treasure in this hunt.",
        RefusalCode.TreasureLocked => "This treasure is still locked for your team.",
        RefusalCode.TreasureAlreadyFound => "Your team has found this treasure already.",
        RefusalCode.TreasureAllFound => "All copies of this treasure have been found.",
        RefusalCode.TooManyAttempts => "Too many guesses at this treasure; wait a little.",
        RefusalCode.GuessEmpty => "A guess needs at least one letter or digit.",
        RefusalCode.HintUnknown => "There is no such hint.",
        RefusalCode.HintAlreadyTaken => "Your team has taken this hint already.",
        RefusalCode.HintNotYet => "This hint is not available yet.",
        RefusalCode.DefinitionInvalid => "The hunt's definition does not pass the check.",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };
}
