using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The settings as they were at a version, and which of their values were to hold only for a time. Immutable.</summary>
public sealed record SettingsMark(SettingsState State, SettingsLayers Layers)
{
    public static SettingsMark Begin { get; } = new(SettingsState.Initial, SettingsLayers.None);

    public SettingsMark With(SettingsChange change) => new(SettingsState.Evolve(State, change), Layers.With(change));
}

/// <summary>
/// When each version came, the state at every so many of them, and which version each value is from: enough to find any
/// moment of a long history by folding a few changes. Fed in order; not thread-safe.
/// </summary>
public sealed class SettingsTimeline
{
    /// <summary>Versions between two states kept; what is asked for is folded from the one before it.</summary>
    public const int Every = 256;

    private readonly List<SettingsMark> _marks = [SettingsMark.Begin];
    private readonly List<DateTimeOffset> _times = [];
    private readonly Dictionary<(string Scope, string Key), long> _origins = [];
    private SettingsMark _latest = SettingsMark.Begin;

    /// <summary>The latest version it knows.</summary>
    public long Version => _latest.State.Version;

    /// <exception cref="ArgumentException">the change is not the next one</exception>
    public void Add(SettingsChange change)
    {
        _latest = _latest.With(change);
        if (Version % Every == 0) _marks.Add(_latest);
        // A clock that was set back must not hide versions: time never runs backwards here.
        _times.Add(_times.Count > 0 && change.At < _times[^1] ? _times[^1] : change.At);
        foreach (var item in change.Items)
        {
            if (item.Value is null && item.Scope != SettingsScope.Fleet) _origins.Remove((item.Scope, item.Key));
            else _origins[(item.Scope, item.Key)] = change.Version;
        }
    }

    /// <summary>The version in force at a moment; 0 before the first change.</summary>
    public long VersionAt(DateTimeOffset moment)
    {
        var (low, high) = (0, _times.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_times[middle] <= moment) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>The nearest state kept that is not after the version.</summary>
    /// <param name="version">0 to <see cref="Version"/></param>
    public SettingsMark MarkBefore(long version) => _marks[(int)(version / Every)];

    /// <summary>The version that gave the scope its value; null: it has none, or the schema's default from the beginning.</summary>
    public long? OriginOf(string scope, string key) => _origins.TryGetValue((scope, key), out var version) ? version : null;
}
