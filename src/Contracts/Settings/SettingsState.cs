namespace TreasureHunt.Contracts.Settings;

/// <summary>What a received version is to one who holds a state.</summary>
public enum SettingsStep
{
    /// <summary>It followed and was folded.</summary>
    Folded,
    /// <summary>It followed, but the fold gave other values than the sender has (another schema): the sender's were taken.</summary>
    Rebased,
    /// <summary>Known already; nothing changed.</summary>
    Known,
    /// <summary>Versions between are missing; nothing changed.</summary>
    Gap,
    /// <summary>The message does not agree with its own hash or change; nothing changed.</summary>
    Broken,
}

/// <summary>The settings stream folded up to a version. Immutable.</summary>
public sealed record SettingsState(long Version, SettingsValues Values)
{
    public static SettingsState Initial { get; } = new(0, SettingsSchema.DefaultValues);

    /// <exception cref="ArgumentException">the change is not the next one</exception>
    public static SettingsState Evolve(SettingsState state, SettingsChange change)
    {
        if (change.Version != state.Version + 1)
            throw new ArgumentException($"Version {change.Version} does not follow {state.Version}.", nameof(change));
        var values = change.Items.Aggregate(state.Values, (held, item) => (item.Value ?? WiderValue(item)) is { } value
            ? held.With(item.Scope, item.Key, value)
            : held.Without(item.Scope, item.Key));
        return new SettingsState(change.Version, values);
    }

    private static SettingValue? WiderValue(SettingItem item) =>
        item.Scope == SettingsScope.Fleet ? SettingsSchema.Find(item.Key)?.Default : null;

    /// <summary>How this state is announced.</summary>
    /// <param name="change">the change that led here; null at version 0</param>
    public SettingsMessage Announce(SettingsChange? change) =>
        new(Version, Math.Max(0, Version - 1), Values, Values.Hash, change);

    /// <summary>Takes the next version and nothing else: a duplicate or an older one is harmless, a gap must be fetched.</summary>
    public (SettingsStep Step, SettingsState Next) Follow(SettingsMessage message)
    {
        if (!IsWhole(message)) return (SettingsStep.Broken, this);
        if (message.Version <= Version) return (SettingsStep.Known, this);
        if (message.PreviousVersion > Version) return (SettingsStep.Gap, this);
        var folded = (message.Earlier ?? []).Append(message.Change!).Where(change => change.Version > Version).Aggregate(this, Evolve);
        return folded.Values.Hash == message.Hash
            ? (SettingsStep.Folded, folded)
            : (SettingsStep.Rebased, new SettingsState(message.Version, message.Values));
    }

    private static IEnumerable<long> Between(long after, long upTo)
    {
        for (var version = after + 1; version <= upTo; version++) yield return version;
    }

    /// <summary>Does the message agree with itself?</summary>
    public static bool IsWhole(SettingsMessage message) =>
        message.Values.Hash == message.Hash
        && (message.Change is { } change
            ? message.PreviousVersion >= 0 && (message.Earlier ?? []).Append(change).Select(one => one.Version).SequenceEqual(Between(message.PreviousVersion, message.Version))
            : message is { Version: 0, PreviousVersion: 0 });
}
