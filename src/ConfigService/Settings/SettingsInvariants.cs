using System.Collections.Immutable;
using System.Globalization;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>What the settings are for, as far as ConfigService knows it.</summary>
/// <param name="Instances">processes that ever answered</param>
/// <param name="DatabaseConnections">what PostgreSQL allows in all</param>
public sealed record FleetFacts(IReadOnlyList<SettingsSubject> Instances, int Lanes, int DatabaseConnections)
{
    /// <summary>What each of them may use, by its name; of one that is not here it is not known.</summary>
    public IReadOnlyDictionary<string, long> MemoryMiB { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>With nobody known yet: one process of each service.</summary>
    public IReadOnlyList<SettingsSubject> Subjects { get; } =
    [
        .. Instances,
        .. SettingsScope.Services.Where(service => !Instances.Any(instance => instance.Service == service)).Select(service => new SettingsSubject(service, "any")),
    ];
}

/// <summary>
/// What must hold between settings, and between them and what the fleet has. Checked when a change is asked for, so that no
/// process ever has to refuse what all of them were given. Pure.
/// </summary>
public static class SettingsInvariants
{
    /// <summary>Database connections left to everything but commits: a processor's other pools, which are the largest of any process.</summary>
    public const int OtherConnectionsPerInstance = StorePools.Reader + StorePools.Daemon;

    /// <summary>All waits between the attempts of one message: who asks an ingress is answered within a few seconds, with 503 at worst.</summary>
    public const int MostMillisecondsBetweenSends = 5_000;

    /// <summary>The part of a process's memory that may fill with what waits in it (envelopes; requests; feeds): one of so many. Other processes may share the machine.</summary>
    public const int WaitingShare = 8;

    /// <summary>Of a process that does not say what memory it has.</summary>
    public const long AssumedMemoryMiB = 8 * 1024;

    /// <summary>In memory: an action in an envelope, with its sealed guess; a feed that is read (as views measured it).</summary>
    private const int ActionBytes = 1024, FeedBytes = 30 * 1024;

    /// <summary>
    /// The nearest values that keep some rules may break others, also of settings nobody asked for: they are told with them, so that all nearest values together pass.
    /// </summary>
    /// <param name="broken">by the values after the change, now or later</param>
    /// <param name="before">what they break too is nobody's who asks now</param>
    public static IReadOnlyList<SettingError> AndWhatFollows(IReadOnlyList<SettingError> broken, SettingsValues before, SettingsValues after, FleetFacts fleet)
    {
        var errors = broken.ToList();
        var already = Broken(before, fleet);
        for (var step = 0; step < MostThatFollow; step++)
        {
            var mended = errors.Where(error => error.Nearest is not null && error.Key != "changes").Aggregate(after, (mended, error) =>
            {
                var (key, scope) = SettingsScope.Split(error.Key, SettingsScope.Fleet);
                return mended.With(scope, key, new SettingValue(error.Nearest!));
            });
            var follow = Broken(mended, fleet).Except(already).ToList();
            if (follow.Count == 0) break;
            foreach (var error in follow)
            {
                var known = errors.FindLastIndex(told => told.Key == error.Key);
                if (known < 0) errors.Add(error);
                else errors[known] = errors[known] with { Nearest = error.Nearest, Message = $"{errors[known].Message} Beside the other nearest values it is {error.Nearest ?? "none"}." };
            }
        }
        return errors;
    }

    private const int MostThatFollow = 4;

    /// <summary>Every rule that a state breaks, with the numbers and the nearest value that keeps it. Keys are key@scope of the value that decides.</summary>
    public static IReadOnlyList<SettingError> Broken(SettingsValues values, FleetFacts fleet)
    {
        var errors = new Dictionary<string, SettingError>(StringComparer.Ordinal); // one for a value, however many processes it is for
        var fits = new Dictionary<string, long>(StringComparer.Ordinal); // of the strictest rule for it, whichever process comes first
        var commits = new Dictionary<string, (int Processors, int Each)>(StringComparer.Ordinal); // by the scope that says how many at once
        var own = values.Scopes;
        foreach (var alike in fleet.Subjects.GroupBy(subject => string.Join('\n', subject.Scopes.Where(own.Contains)))) // most have no value of their own
        {
            var subject = alike.First();
            if (SettingsSchema.Resolve(0, values, subject).Snapshot is not { } settings) continue; // the schema says so itself
            Delays(subject, SettingsSchema.Broker, settings.Broker);
            Delays(subject, SettingsSchema.Config, settings.Config);
            Delays(subject, SettingsSchema.Store, settings.Store);
            if (settings.Broker.Attempts > 1)
                Most(subject, SettingsSchema.Broker.MaxDelay, (long)settings.Broker.MaxDelay.TotalMilliseconds, MostMillisecondsBetweenSends / (settings.Broker.Attempts - 1),
                    $"a sender waits for its answer, and the {settings.Broker.Attempts - 1} waits of broker.attempts = {settings.Broker.Attempts} may be {MostMillisecondsBetweenSends} ms together");
            var processors = alike.Count(one => one.Service == "processors");
            if (processors > 0)
            {
                var scope = values.Find(subject, SettingsSchema.LaneConcurrency.Key)?.Scope ?? SettingsScope.Fleet;
                commits[scope] = (commits.GetValueOrDefault(scope).Processors + processors, settings.Lane.Concurrency);
                Most(subject, SettingsSchema.LaneConcurrency, settings.Lane.Concurrency, StorePools.Writer,
                    $"a processor has {StorePools.Writer} database connections to commit with, and every commit under way holds one");
                Most(subject, SettingsSchema.LaneWindow, settings.Lane.Window, settings.Lane.Prefetch,
                    $"the broker hands out only lane.prefetch = {settings.Lane.Prefetch} envelopes of a lane");
                Memory("a processor", "processors", SettingsSchema.LanePrefetch, settings.Lane.Prefetch, (long)fleet.Lanes * Envelope.MaxActions * ActionBytes,
                    $"{fleet.Lanes} lanes × {settings.Lane.Prefetch} envelopes × {Envelope.MaxActions} actions × {ActionBytes} bytes");
            }
            if (alike.Any(one => one.Service == "ingress"))
            {
                Most(subject, SettingsSchema.IngressRateBurst, settings.Ingress.RateBurst, settings.Ingress.LaneDepth,
                    $"a lane takes only ingress.laneDepth = {settings.Ingress.LaneDepth} undecided actions");
                Memory("an ingress", "ingress", SettingsSchema.IngressInFlight, settings.Ingress.InFlight, HuntAction.MaxRequestBytes,
                    $"{settings.Ingress.InFlight} requests × {HuntAction.MaxRequestBytes} bytes at most");
                Memory("an ingress", "ingress", SettingsSchema.IngressFeedConnections, settings.Ingress.FeedConnections, FeedBytes,
                    $"{settings.Ingress.FeedConnections} feeds × {FeedBytes} bytes");
            }

            // The defaults fit every fleet.
            void Memory(string process, string service, Setting setting, long value, long bytesOfOne, string sum)
            {
                var smallest = alike.Where(one => one.Service == service).Min(one => fleet.MemoryMiB.GetValueOrDefault(one.Instance, AssumedMemoryMiB));
                Most(subject, setting, value, Math.Max(long.Parse(setting.Default.Text, CultureInfo.InvariantCulture), (smallest << 20) / WaitingShare / bytesOfOne), $"{sum} are more than 1/{WaitingShare} of {process}'s {smallest} MiB");
            }
        }
        Connections();
        if (PlanOf(values) is { IsEmpty: false } plan && plan.Owners.Keys.Max() is var last && last >= fleet.Lanes)
        {
            var shorter = LanePlan.Of(plan.Owners.Where(lane => lane.Key < fleet.Lanes)).ToString();
            errors[SettingsSchema.LanePlan.Key] = new SettingError(SettingsSchema.LanePlan.Key, $"lane.plan names lane {last}, but there are the lanes 0 to {fleet.Lanes - 1}.", shorter);
        }
        if (values.Count > SettingsValuesConverter.MaxValues)
            errors["changes"] = new SettingError("changes", $"{values.Count} values would hold, of fleet, services, groups and instances together; no process reads more than {SettingsValuesConverter.MaxValues}. Take some back.");
        return [.. errors.Values];

        void Connections()
        {
            var (processors, together) = (commits.Values.Sum(scope => scope.Processors), commits.Values.Sum(scope => scope.Processors * scope.Each));
            var left = Math.Max(0, fleet.DatabaseConnections - OtherConnectionsPerInstance * fleet.Instances.Count);
            var most = Math.Max(left, processors); // each has to commit, whatever is left
            if (together <= most) return;
            // Of the values that are enough to lower, the highest.
            var lower = commits.OrderByDescending(scope => scope.Value.Each).ThenBy(scope => scope.Key, StringComparer.Ordinal)
                .Select(scope => (Scope: scope.Key, Fits: (most - together) / (double)scope.Value.Processors + scope.Value.Each)).ToList();
            var (named, fits) = lower.FirstOrDefault(scope => scope.Fits >= 1, (lower[0].Scope, 0));
            var name = Name(SettingsSchema.LaneConcurrency, named);
            errors[name] = new SettingError( // the stricter of the two rules for it
                name,
                $"{processors} processors have {together} commits under way at once, but of PostgreSQL's {fleet.DatabaseConnections} connections only {left} "
                + $"are left for that beside {OtherConnectionsPerInstance} for each of {fleet.Instances.Count} processes.",
                fits < 1 ? null : $"{Math.Min((int)fits, StorePools.Writer)}");
        }

        static string Name(Setting setting, string scope) => scope == SettingsScope.Fleet ? setting.Key : $"{setting.Key}{SettingsScope.At}{scope}";

        void Delays(SettingsSubject subject, CallPolicySettings settings, CallPolicy policy) =>
            Most(subject, settings.FirstDelay, (long)policy.FirstDelay.TotalMilliseconds, (long)policy.MaxDelay.TotalMilliseconds,
                $"no wait is longer than {settings.MaxDelay.Key} = {policy.MaxDelay.TotalMilliseconds} ms");

        static LanePlan PlanOf(SettingsValues values) =>
            values.Find(SettingsScope.Fleet, SettingsSchema.LanePlan.Key) is { } text && LanePlan.TryParse(text.Text, out var plan) ? plan : LanePlan.None;

        void Most(SettingsSubject subject, Setting setting, long value, long most, string because)
        {
            if (value <= most) return;
            var scope = values.Find(subject, setting.Key)?.Scope ?? SettingsScope.Fleet;
            var name = Name(setting, scope);
            if (fits.TryGetValue(name, out var known) && known <= most) return;
            fits[name] = most;
            errors[name] = new SettingError(name, $"{name} = {value} is too much: {because}. The nearest value that fits is {most}.", $"{most}");
        }
    }
}
