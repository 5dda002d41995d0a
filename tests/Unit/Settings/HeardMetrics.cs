using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>What the metrics of one process say, as a collector hears them.</summary>
internal sealed class HeardMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _heard = new();

    /// <param name="meters">the process's</param>
    public HeardMetrics(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listening) =>
        {
            if (!ReferenceEquals(instrument.Meter.Scope, meters)) return;
            if (!instrument.IsObservable) _heard[instrument.Name] = 0;
            listening.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>A gauge as it is now, a counter since this listens; not a number where nothing of the name is said.</summary>
    /// <param name="tag">value of the one tag; null: it has none</param>
    public double Of(string name, string? tag = null)
    {
        _listener.RecordObservableInstruments();
        return _heard.TryGetValue(Key(name, tag), out var value) ? value : double.NaN;
    }

    public void Dispose() => _listener.Dispose();

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = Key(instrument.Name, tags.Length == 0 ? null : $"{tags[0].Value}");
        _heard.AddOrUpdate(key, value, (_, before) => instrument.IsObservable ? value : before + value);
    }

    private static string Key(string name, string? tag) => tag is null ? name : $"{name} {tag}";
}
