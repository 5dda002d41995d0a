using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Traces;

/// <summary>One action's life: what the store knows of it for ever, and for a while where its time went.</summary>
/// <param name="Version">the hunt's stream version of its fact</param>
/// <param name="Fact">name of the fact, such as treasure-found</param>
/// <param name="At">the hunt's clock when it was decided</param>
/// <param name="Cause">the action this one replays</param>
/// <param name="Ingress">instance that accepted it</param>
/// <param name="Processor">instance that decided it</param>
/// <param name="SettingsVersion">it was decided under</param>
/// <param name="DefinitionVersion">it was judged by</param>
/// <param name="Stages">in the order they begin; empty when their times are gone</param>
/// <param name="TotalMs">from its acceptance until its outcome was back at the ingress: the sum of the stages that run beside no other</param>
/// <param name="EnvelopeActions">actions it shared an envelope with, itself included</param>
/// <param name="BatchActions">actions it was committed with, itself included</param>
/// <param name="BatchEnvelopes">envelopes these came in</param>
/// <param name="Gone">why there are no stages</param>
public sealed record TraceReply(
    Guid ActionId, string Hunt, long Version, string Fact, string Actor, DateTimeOffset At, int Lane, string Ingress, string Processor,
    long SettingsVersion, int DefinitionVersion, IReadOnlyList<TraceStage> Stages, double? TotalMs = null, int? EnvelopeActions = null,
    int? BatchActions = null, int? BatchEnvelopes = null, Guid? Cause = null, string? Gone = null);

/// <param name="Stage">accepted, settings, confirmed, queued, waiting, decided, committed, answered or visible</param>
/// <param name="By">instance that measured it</param>
/// <param name="StartMs">since the action was accepted</param>
/// <param name="Ms">how long it took</param>
/// <param name="Beside">it runs beside the other stages and is no part of the total</param>
public sealed record TraceStage(string Stage, string By, double StartMs, double Ms, bool Beside);
