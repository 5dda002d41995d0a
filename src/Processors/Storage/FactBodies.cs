using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Processors.Storage;

/// <summary>The facts of a batch as they are stored, one behind the other in a buffer that is used again. Written once, then read from any thread.</summary>
public sealed class FactBodies
{
    /// <summary>A larger buffer is not kept: most batches need a tenth of it.</summary>
    private const int MaxKept = 4 * 1024 * 1024;

    private static readonly JsonWriterOptions NoChecks = new() { SkipValidation = true };

    private static readonly ConcurrentBag<FactBodies> Kept = [];

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly List<int> _ends = [];

    private FactBodies() { }

    /// <summary>In the order of the hunts and their facts.</summary>
    public static FactBodies Of(List<HuntWrites> hunts)
    {
        if (!Kept.TryTake(out var bodies)) bodies = new FactBodies();
        using var json = new Utf8JsonWriter(bodies._buffer, NoChecks);
        foreach (var hunt in hunts)
            foreach (var (_, fact) in hunt.Facts)
            {
                JsonSerializer.Serialize(json, fact, FactTypes.Of(fact).Json);
                json.Flush();
                json.Reset();
                bodies._ends.Add(bodies._buffer.WrittenCount);
            }
        return bodies;
    }

    public int Count => _ends.Count;

    public ReadOnlyMemory<byte> this[int fact] => _buffer.WrittenMemory[(fact == 0 ? 0 : _ends[fact - 1]).._ends[fact]];

    /// <summary>Nobody reads them any more: only where their commit is over for certain, for a call that was given up may be sending them still.</summary>
    public void Done()
    {
        if (_buffer.Capacity > MaxKept) return;
        _buffer.ResetWrittenCount();
        _ends.Clear();
        Kept.Add(this);
    }
}
