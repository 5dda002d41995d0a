using System.Text.Json;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// Events of a second stream beside the settings': changes that are asked for and not yet made. They change no value, so
/// the versions that every process folds stay one unbroken sequence; when a proposal is applied, an ordinary
/// <see cref="SettingsChange"/> that names it is appended in the same transaction.
/// </summary>
public abstract record ProposalEvent
{
    private protected ProposalEvent() { }

    /// <summary>Position in the stream of the <see cref="ChangeProposed"/> it is about: the proposal's number.</summary>
    public required long Proposal { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Key of the one stream.</summary>
    public const string Stream = "settings-proposals";
}

/// <param name="Changes">new value by key@scope; see <see cref="ChangeSettings"/></param>
/// <param name="NeedsApproval">a second person has to approve it before it is applied</param>
/// <param name="DueAt">when it is to be applied; null: at once</param>
/// <param name="ForSeconds">how long its values are to hold; null: until they are changed</param>
/// <param name="BreakGlass">why nobody else could be asked; null: nobody had to be, or was</param>
/// <param name="Cause">see <see cref="SettingsChange"/></param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record ChangeProposed(
    string Who, string Why, IReadOnlyDictionary<string, SettingValue?> Changes, bool NeedsApproval, DateTimeOffset? DueAt = null, int? ForSeconds = null,
    string? BreakGlass = null, string? Cause = null) : ProposalEvent
{
    public const string StoredName = "settings-change-proposed";
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record ProposalApproved(string Who) : ProposalEvent
{
    public const string StoredName = "settings-proposal-approved";
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record ProposalWithdrawn(string Who, string Why) : ProposalEvent
{
    public const string StoredName = "settings-proposal-withdrawn";
}

/// <param name="Version">the settings version it became; the latest one when everything had its values already</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record ProposalApplied(long Version) : ProposalEvent
{
    public const string StoredName = "settings-proposal-applied";
}

/// <summary>Not applied: when its time came it was not acceptable any more, or nobody had approved it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)] // from a newer release
public sealed record ProposalRefused(string Reason) : ProposalEvent
{
    public const string StoredName = "settings-proposal-refused";
}

[JsonConverter(typeof(ProposalStateConverter))]
public enum ProposalState
{
    /// <summary>For a second person.</summary>
    Waiting,
    /// <summary>For its time; nobody has to do anything.</summary>
    Scheduled,
    Applied,
    Refused,
    Withdrawn,
}

public sealed class ProposalStateConverter()
    : JsonStringEnumConverter<ProposalState>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>A proposal as it stands, folded from its events.</summary>
/// <param name="Id">its number</param>
/// <param name="Due">when it is applied, once approved</param>
/// <param name="Lapses">when it is refused unless somebody has approved it</param>
/// <param name="Version">the settings version it became</param>
/// <param name="Reason">why it was refused or withdrawn</param>
public sealed record SettingsProposal(
    long Id, ProposalState State, DateTimeOffset At, string Who, string Why, IReadOnlyDictionary<string, SettingValue?> Changes, DateTimeOffset Due, DateTimeOffset Lapses,
    int? ForSeconds = null, string? BreakGlass = null, string? Cause = null, string? ApprovedBy = null, long? Version = null, string? Reason = null)
{
    /// <summary>A change that is not scheduled waits so long for a second person.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromHours(24);

    /// <summary>When its values go back, were it applied at a moment: a scheduled one keeps the end it was asked for, also when it is late.</summary>
    public DateTimeOffset? Until(DateTimeOffset applied) => ForSeconds is { } seconds ? (Due > At ? Due : applied).AddSeconds(seconds) : null;

    [JsonIgnore]
    public bool IsOpen => State is ProposalState.Waiting or ProposalState.Scheduled;

    public static SettingsProposal Of(ChangeProposed proposed) => new(
        proposed.Proposal, proposed.NeedsApproval ? ProposalState.Waiting : ProposalState.Scheduled, proposed.At, proposed.Who, proposed.Why, proposed.Changes,
        proposed.DueAt ?? proposed.At, proposed.DueAt ?? proposed.At + MaxWait, proposed.ForSeconds, proposed.BreakGlass, proposed.Cause);

    public SettingsProposal With(ProposalEvent happened) => happened switch
    {
        ProposalApproved approved => this with { State = ProposalState.Scheduled, ApprovedBy = approved.Who },
        ProposalWithdrawn withdrawn => this with { State = ProposalState.Withdrawn, Reason = $"{withdrawn.Who}: {withdrawn.Why}" },
        ProposalApplied applied => this with { State = ProposalState.Applied, Version = applied.Version },
        ProposalRefused refused => this with { State = ProposalState.Refused, Reason = refused.Reason },
        _ => this,
    };
}

/// <summary>Values that end by themselves.</summary>
/// <param name="Version">the version they came with</param>
/// <param name="Items">what holds afterwards; previous: what holds now</param>
/// <param name="Overdue">why they have not ended although it is past the time; null: it is not</param>
public sealed record SettingsReturn(long Version, DateTimeOffset Until, IReadOnlyList<SettingItem> Items, string? Overdue = null);

/// <summary>Answer of GET /settings/proposals: what will happen by itself, or when somebody approves.</summary>
/// <param name="Proposals">open ones in their order; with all=true the last closed ones too</param>
public sealed record SettingsPlans(IReadOnlyList<SettingsProposal> Proposals, IReadOnlyList<SettingsReturn> Returns);

/// <summary>Body of POST /settings/proposals/{id}/withdraw.</summary>
public sealed record WithdrawProposal(string Why);
