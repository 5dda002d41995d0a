using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using TreasureHunt.Contracts.Facts;

namespace TreasureHunt.Processors.Storage;

/// <summary>The facts of a batch as they are stored, one behind the other in a buffer that is used again. Written once, then read from any thread.</summary>
public sealed class FactBodies
{
    /// <summary>A larger buffer is not kept: most batches need a tenth of it. Nor are more of them.</summary>
    private const int MaxKeptBytes = 4 * 1024 * 1024, MaxKept = 32;

    private static readonly JsonWriterOptions NoChecks = new() { SkipValidation = true };

    private static readonly ConcurrentBag<ArrayBufferWriter<byte>> Kept = [];

    private readonly List<int> _ends = [];
    private ArrayBufferWriter<byte>? _buffer; // null: done with

    private FactBodies(ArrayBufferWriter<byte> buffer) => _buffer = buffer;

    /// <summary>In the order of the hunts and their facts.</summary>
    public static FactBodies Of(List<HuntWrites> hunts)
    {
        if (!Kept.TryTake(out var buffer)) buffer = new ArrayBufferWriter<byte>(64 * 1024);
        var bodies = new FactBodies(buffer);
        using var json = new Utf8JsonWriter(buffer, NoChecks);
        foreach (var hunt in hunts)
            foreach (var (_, fact) in hunt.Facts)
            {
                JsonSerializer.Serialize(json, fact, FactTypes.Of(fact).Json);
                json.Flush();
                json.Reset();
                bodies._ends.Add(buffer.WrittenCount);
            }
        return bodies;
    }

    public int Count => _ends.Count;

    /// <exception cref="InvalidOperationException">they are done with</exception>
    public ReadOnlyMemory<byte> this[int fact] =>
        (_buffer ?? throw new InvalidOperationException("These facts were stored, and their buffer is others' now.")).WrittenMemory[(fact == 0 ? 0 : _ends[fact - 1]).._ends[fact]];

    /// <summary>Nobody reads them any more: only where their commit is over for certain, for a call that was given up may be sending them still. Twice is once.</summary>
    public void Done()
    {
        if (Interlocked.Exchange(ref _buffer, null) is not { Capacity: <= MaxKeptBytes } buffer || Kept.Count >= MaxKept) return;
        buffer.ResetWrittenCount();
        Kept.Add(buffer);
    }
}
