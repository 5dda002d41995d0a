using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Contracts.Actions;

/// <summary>
/// What a frontend asks for. <see cref="ActionId"/> is a UUIDv7 chosen by the client: its idempotency key.
/// The JSON carries the kind in "type"; who asks comes from the token, never from here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RegisterTeam), nameof(RegisterTeam))]
[JsonDerivedType(typeof(JoinTeam), nameof(JoinTeam))]
[JsonDerivedType(typeof(SubmitAnswer), nameof(SubmitAnswer))]
[JsonDerivedType(typeof(TakeHint), nameof(TakeHint))]
[JsonDerivedType(typeof(PublishHunt), nameof(PublishHunt))]
[JsonDerivedType(typeof(OpenHunt), nameof(OpenHunt))]
[JsonDerivedType(typeof(CloseHunt), nameof(CloseHunt))]
[JsonDerivedType(typeof(PauseHunt), nameof(PauseHunt))]
[JsonDerivedType(typeof(ResumeHunt), nameof(ResumeHunt))]
[JsonDerivedType(typeof(FreezeBoard), nameof(FreezeBoard))]
[JsonDerivedType(typeof(ThawBoard), nameof(ThawBoard))]
public abstract record HuntAction
{
    /// <summary>A request with actions may be so long.</summary>
    public const int MaxRequestBytes = 256 * 1024;

    private protected HuntAction() { }

    public required Guid ActionId { get; init; }

    /// <summary>Stable name of the kind, as in "type".</summary>
    [JsonIgnore]
    public string Kind => GetType().Name;
}

/// <summary>Actions of a team. <see cref="OnBehalfOf"/> may be set by a service token only; players act for the team they joined.</summary>
public abstract record TeamAction : HuntAction
{
    private protected TeamAction() { }

    /// <summary>Team slug; service tokens only (partners, importers).</summary>
    public string? OnBehalfOf { get; init; }
}

/// <param name="Team">slug of the new team, [a-z0-9-]{1,64}</param>
/// <param name="Name">what people see; kept outside the event stream so that it can be erased</param>
/// <param name="Code">what others need to join, null: nobody can. Keyed hash of it once accepted</param>
public sealed record RegisterTeam(string Team, string Name, string? Code = null) : HuntAction;

/// <param name="Code">the team's join code. Keyed hash of it once accepted</param>
public sealed record JoinTeam(string Team, string Code) : HuntAction;

/// <param name="Guess">plain text at the frontend, sealed once accepted</param>
public sealed record SubmitAnswer(string Treasure, string Guess) : TeamAction;

public sealed record TakeHint(string Treasure, string Hint) : TeamAction;

/// <summary>Actions of organisers.</summary>
public abstract record OrganiserAction : HuntAction
{
    private protected OrganiserAction() { }
}

/// <param name="Definition">answers and near misses in plain text from the organiser, sealed once accepted</param>
public sealed record PublishHunt(HuntDefinition Definition) : OrganiserAction;

public sealed record OpenHunt : OrganiserAction;

public sealed record CloseHunt : OrganiserAction;

public sealed record PauseHunt : OrganiserAction;

public sealed record ResumeHunt : OrganiserAction;

public sealed record FreezeBoard : OrganiserAction;

public sealed record ThawBoard : OrganiserAction;
