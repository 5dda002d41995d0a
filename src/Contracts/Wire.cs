using System.Text.Json;
using System.Text.Json.Serialization;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Contracts;

/// <summary>
/// How everything is said in JSON: camelCase, enums as strings, unknown members refused, nulls left out (so what may be null has
/// a default). One source-generated
/// context for the wire, the store and the tests.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(HuntAction))]
[JsonSerializable(typeof(HuntAction[]))]
[JsonSerializable(typeof(HuntDefinition))]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(CommittedOutcomes))]
[JsonSerializable(typeof(CommittedFacts))]
[JsonSerializable(typeof(ParkedIntake))]
[JsonSerializable(typeof(LaneReport))]
[JsonSerializable(typeof(LanesView))]
[JsonSerializable(typeof(Outcome))]
[JsonSerializable(typeof(SettingsChange))]
[JsonSerializable(typeof(SettingsMessage))]
[JsonSerializable(typeof(SettingsMessage[]))]
[JsonSerializable(typeof(SettingsReceipt))]
[JsonSerializable(typeof(ChangeSettings))]
[JsonSerializable(typeof(SettingsChanged))]
[JsonSerializable(typeof(SettingsView))]
[JsonSerializable(typeof(SettingsHistory))]
[JsonSerializable(typeof(SettingsDiff))]
[JsonSerializable(typeof(SettingWhy))]
[JsonSerializable(typeof(RollBackSettings))]
[JsonSerializable(typeof(LatestReceipt))]
[JsonSerializable(typeof(ChangeProposed))]
[JsonSerializable(typeof(ProposalApproved))]
[JsonSerializable(typeof(ProposalWithdrawn))]
[JsonSerializable(typeof(ProposalApplied))]
[JsonSerializable(typeof(ProposalRefused))]
[JsonSerializable(typeof(SettingsProposal))]
[JsonSerializable(typeof(SettingsPlans))]
[JsonSerializable(typeof(WithdrawProposal))]
[JsonSerializable(typeof(FleetReceipts))]
[JsonSerializable(typeof(FleetView))]
[JsonSerializable(typeof(SettingsConverged))]
[JsonSerializable(typeof(SettingsConvergence))]
[JsonSerializable(typeof(SettingDescription[]))]
[JsonSerializable(typeof(IReadOnlyList<VersionedFact>))]
[JsonSerializable(typeof(HuntFact))]
[JsonSerializable(typeof(HuntPublished))]
[JsonSerializable(typeof(HuntOpened))]
[JsonSerializable(typeof(HuntClosed))]
[JsonSerializable(typeof(HuntPaused))]
[JsonSerializable(typeof(HuntResumed))]
[JsonSerializable(typeof(BoardFrozen))]
[JsonSerializable(typeof(BoardThawed))]
[JsonSerializable(typeof(TeamRegistered))]
[JsonSerializable(typeof(TeamJoined))]
[JsonSerializable(typeof(TreasureFound))]
[JsonSerializable(typeof(AnswerWrong))]
[JsonSerializable(typeof(AnswerNear))]
[JsonSerializable(typeof(AnswerRepeated))]
[JsonSerializable(typeof(HintTaken))]
[JsonSerializable(typeof(ActionRefused))]
[JsonSerializable(typeof(ActionParked))]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>
    /// Makes a library's options speak as this context does: its own options do not travel with its types, and a converter of
    /// enums in the list would be asked before them.
    /// </summary>
    public static JsonSerializerOptions Teach(JsonSerializerOptions options)
    {
        var wire = Default.Options;
        foreach (var enums in options.Converters.OfType<JsonStringEnumConverter>().ToArray()) options.Converters.Remove(enums);
        options.TypeInfoResolverChain.Insert(0, Default);
        options.DefaultIgnoreCondition = wire.DefaultIgnoreCondition;
        options.AllowOutOfOrderMetadataProperties = wire.AllowOutOfOrderMetadataProperties;
        options.UnmappedMemberHandling = wire.UnmappedMemberHandling;
        options.RespectNullableAnnotations = wire.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = wire.RespectRequiredConstructorParameters;
        options.MaxDepth = wire.MaxDepth;
        options.WriteIndented = false;
        return options;
    }
}
