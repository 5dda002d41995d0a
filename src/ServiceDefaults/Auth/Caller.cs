using System.Collections.Frozen;
using System.Security.Claims;

namespace TreasureHunt.ServiceDefaults.Auth;

/// <summary>Who asks, from a validated token. Immutable; shared by all requests that carry the same token.</summary>
public sealed class Caller
{
    private readonly FrozenSet<string> _roles;

    public Caller(string subject, string huntScope, IReadOnlyCollection<string> roles, DateTimeOffset expires)
    {
        (Subject, HuntScope, Expires) = (subject, huntScope, expires);
        _roles = roles.ToFrozenSet(StringComparer.Ordinal);
        (IsPlayer, IsOrganiser, IsService) = (Has(Role.Player), Has(Role.Organiser), Has(Role.Service));
        Principal = new ClaimsPrincipal(new CallerIdentity(this, _roles));
    }

    public string Subject { get; }

    /// <summary>Slug of the one hunt the token is good for, or <see cref="Tokens.AnyHunt"/>.</summary>
    public string HuntScope { get; }
    public DateTimeOffset Expires { get; }
    public bool IsPlayer { get; }
    public bool IsOrganiser { get; }
    public bool IsService { get; }

    /// <summary>The framework's view.</summary>
    internal ClaimsPrincipal Principal { get; }

    public bool Has(string role) => _roles.Contains(role);

    public bool MayEnter(string hunt) => HuntScope == Tokens.AnyHunt || HuntScope == hunt;

    public bool MayEnterAll => HuntScope == Tokens.AnyHunt;

    /// <summary>The caller of an authenticated request; null when nobody is known.</summary>
    public static Caller? Of(ClaimsPrincipal user) => (user.Identity as CallerIdentity)?.Caller;
}

/// <summary>The framework's view of a <see cref="Caller"/>.</summary>
internal sealed class CallerIdentity(Caller caller, IEnumerable<string> roles)
    : ClaimsIdentity(roles.Select(role => new Claim(Tokens.RolesClaim, role)), "Bearer", "sub", Tokens.RolesClaim)
{
    public Caller Caller { get; } = caller;
}
