using Npgsql;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// Which hunts are published, with their definitions (answers sealed). Fed by the facts that pass by; a miss looks into
/// the store, however many ask, and not again for a second. Thread-safe.
/// </summary>
public sealed class HuntDirectory(FactReader facts, TimeProvider clock, ILogger<HuntDirectory> log)
{
    public const int MaxHuntsPerGeneration = 5_000, MaxMissesPerGeneration = 10_000;
    public static readonly TimeSpan MissHolds = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(3);

    private readonly TwoGenerations<string, HuntDefinition> _published = new(MaxHuntsPerGeneration, StringComparer.Ordinal);
    private readonly LookUps<string, (HuntDefinition?, Problem?)> _lookUps = new(StringComparer.Ordinal);
    private readonly TwoGenerations<string, long> _missedAt = new(MaxMissesPerGeneration, StringComparer.Ordinal);

    public void Saw(string hunt, HuntDefinition definition) => _published.Set(hunt, definition);

    /// <summary>The hunt's definition; or 404, or 503 when the store must be asked and does not answer.</summary>
    public ValueTask<(HuntDefinition? Definition, Problem? Problem)> FindAsync(string hunt, CancellationToken cancel) =>
        _published.TryGet(hunt, out var definition)
            ? ValueTask.FromResult<(HuntDefinition?, Problem?)>((definition, null))
            : LookUpAsync(hunt, cancel);

    private async ValueTask<(HuntDefinition?, Problem?)> LookUpAsync(string hunt, CancellationToken cancel)
    {
        if (!Contracts.Actions.Slug.IsValid(hunt)) return (null, AcceptanceProblems.HuntUnknown(hunt));
        if (_missedAt.TryGet(hunt, out var missedAt) && clock.GetElapsedTime(missedAt) < MissHolds) return (null, AcceptanceProblems.HuntUnknown(hunt));
        return await _lookUps.JoinAsync(hunt, () => LookUpOnceAsync(hunt), out _).WaitAsync(cancel);
    }

    private async Task<(HuntDefinition?, Problem?)> LookUpOnceAsync(string hunt)
    {
        try
        {
            using var timeout = new CancellationTokenSource(StoreTimeout);
            if (await facts.PublicationAsync(hunt, timeout.Token) is { } published)
            {
                Saw(hunt, published.Definition);
                return (published.Definition, null);
            }
            _missedAt.Set(hunt, clock.GetTimestamp());
            return (null, AcceptanceProblems.HuntUnknown(hunt));
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            log.LogWarning("The store could not be asked for hunt {Hunt}: {Error}", hunt, e.Message);
            return (null, AcceptanceProblems.StoreAway());
        }
    }
}
