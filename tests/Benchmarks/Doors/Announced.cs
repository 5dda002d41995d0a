using System.Collections.Concurrent;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>
/// Since when somebody who listens to hunt.facts knows that a version of a hunt's stream is committed. Every commit is announced with the versions it made, whatever the facts,
/// so this tells of every action, those among them whose fact itself is nobody's business. Thread-safe.
/// </summary>
public sealed class Announced
{
    private readonly ConcurrentDictionary<(string Hunt, long Version), long> _at = new();

    /// <param name="at">of <see cref="System.Diagnostics.Stopwatch"/></param>
    public void Hear(long at, CommittedFacts committed)
    {
        foreach (var hunt in committed.Hunts)
            for (var version = hunt.After + 1; version <= hunt.UpTo; version++) _at.TryAdd((hunt.Hunt, version), at); // told twice: the first time counts
    }

    /// <returns>null: it has not been announced</returns>
    public long? At(string hunt, long version) => _at.TryGetValue((hunt, version), out var at) ? at : null;
}
