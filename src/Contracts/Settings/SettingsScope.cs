using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// Whom a value is for: fleet, service:NAME, group:NAME or instance:NAME. Where several have a value the narrowest wins:
/// fleet &lt; service &lt; group &lt; instance.
/// </summary>
public static class SettingsScope
{
    public const string Fleet = "fleet";

    public const string ServicePrefix = "service:", GroupPrefix = "group:", InstancePrefix = "instance:";

    /// <summary>Names of the services, as in receipts.</summary>
    public static IReadOnlyList<string> Services { get; } = ["config", "ingress", "processors"];

    /// <summary>Parts a key from its scope in documents and on the command line: lane.pace@instance:processor-2.</summary>
    public const char At = '@';

    /// <summary>"lane.pace@service:processors" is the key and the scope; without @ the scope is the one given.</summary>
    public static (string Key, string Scope) Split(string qualified, string otherwise) =>
        qualified.IndexOf(At) is var at and >= 0 ? (qualified[..at].Trim(), qualified[(at + 1)..].Trim()) : (qualified, otherwise);

    /// <summary>Why this is no scope; null when it is one.</summary>
    public static SettingError? Check(string scope)
    {
        var shown = scope.Length <= Setting.MaxCharacters ? scope : scope[..Setting.MaxCharacters] + "…";
        if (scope == Fleet) return null;
        foreach (var prefix in (ReadOnlySpan<string>)[ServicePrefix, GroupPrefix, InstancePrefix])
        {
            if (!scope.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var name = scope[prefix.Length..];
            if (!Slug.IsValid(name)) return new SettingError("scope", $"'{shown}' is no scope: after {prefix} comes a name of a-z, 0-9 and -, 1 to 64 characters.");
            if (prefix == ServicePrefix && !Services.Contains(name))
            {
                var near = Spelling.Nearest(name, Services);
                return new SettingError(
                    "scope", $"'{name}' is no service. {(near is null ? "" : $"Did you mean {prefix}{near}? ")}There are {string.Join(", ", Services)}.", near is null ? null : prefix + near);
            }
            return null;
        }
        return new SettingError("scope", $"'{shown}' is no scope. Use fleet, service:NAME, group:NAME or instance:NAME.", Fleet);
    }
}

/// <summary>A process as settings see it.</summary>
/// <param name="Group">any set of processes that are to be set alike (a machine, a canary); null: none</param>
public sealed record SettingsSubject(string Service, string Instance, string? Group = null)
{
    /// <summary>Narrowest first.</summary>
    public IReadOnlyList<string> Scopes { get; } =
    [
        SettingsScope.InstancePrefix + Instance, .. Group is null ? (string[])[] : [SettingsScope.GroupPrefix + Group],
        SettingsScope.ServicePrefix + Service, SettingsScope.Fleet,
    ];

    public bool Equals(SettingsSubject? other) => other is not null && (Service, Instance, Group) == (other.Service, other.Instance, other.Group);

    public override int GetHashCode() => HashCode.Combine(Service, Instance, Group);
}
