using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>Who has not worked by the settings for too long. Not thread-safe.</summary>
public sealed class OutOfStep(TimeProvider time)
{
    /// <summary>A process that is out of step for longer is an alert.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (Standing Standing, long Desired, long Since)> _out = new(StringComparer.Ordinal); // desired: the version it did not work by then

    /// <summary>To be called again and again.</summary>
    /// <param name="desired">the version everybody should work by now</param>
    /// <returns>who has been out of step for longer than <see cref="Grace"/></returns>
    public IReadOnlyList<(string Instance, Standing Standing)> Look(IReadOnlyList<FleetInstance> fleet, long desired)
    {
        var now = fleet.Where(instance => Counts(instance.Standing)).ToDictionary(instance => instance.Receipt.Instance, StringComparer.Ordinal);
        foreach (var back in _out.Keys.Except(now.Keys).ToList()) _out.Remove(back);
        foreach (var (name, instance) in now)
            if (!_out.TryGetValue(name, out var before) || before.Standing != instance.Standing || HasMoved(instance, before.Desired))
                _out[name] = (instance.Standing, desired, time.GetTimestamp());
        return [.. _out.Where(entry => time.GetElapsedTime(entry.Value.Since) >= Grace).Select(entry => (entry.Key, entry.Value.Standing))];
    }

    /// <summary>Where changes come one after the other, everybody is behind the last of them: not for long is who has come to the one it was behind.</summary>
    private static bool HasMoved(FleetInstance instance, long desired) => instance.Standing == Standing.Behind && instance.Receipt.InForce >= desired;

    /// <summary>Being away is not: nobody is there to work by anything.</summary>
    public static bool Counts(Standing standing) => standing is Standing.Drifting or Standing.Behind or Standing.Refused;
}
