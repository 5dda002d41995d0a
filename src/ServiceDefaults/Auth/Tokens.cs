using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace TreasureHunt.ServiceDefaults.Auth;

/// <summary>Roles as they stand in a token's "roles" claim.</summary>
public static class Role
{
    /// <summary>Plays for the team they joined.</summary>
    public const string Player = "player";

    /// <summary>Publishes and steers hunts, sees live boards.</summary>
    public const string Organiser = "organiser";

    /// <summary>Changes settings of the fleet.</summary>
    public const string Operator = "operator";

    /// <summary>Reads.</summary>
    public const string Analyst = "analyst";

    /// <summary>A back end (partner, importer) that acts on behalf of teams.</summary>
    public const string Service = "service";

    public static IReadOnlyList<string> All { get; } = [Player, Organiser, Operator, Analyst, Service];
}

/// <summary>Bearer tokens: JWT, HS256 under <see cref="HuntOptions.TokenKey"/>, claims sub, hunt, roles, exp.</summary>
public static class Tokens
{
    public const string Issuer = "treasure-hunt";
    public const string HuntClaim = "hunt";
    public const string RolesClaim = "roles";

    /// <summary>Scope of a token that is good for every hunt.</summary>
    public const string AnyHunt = "*";

    public const int MaxSubjectLength = 128;

    /// <param name="subject">who this is: the actor of every action, 1..128 characters</param>
    /// <param name="hunt">slug of the one hunt it is good for, or <see cref="AnyHunt"/></param>
    /// <param name="life">from now until it expires</param>
    /// <param name="roles">at least one of <see cref="Role.All"/></param>
    /// <exception cref="ArgumentException">an argument is out of range; the message names it</exception>
    public static string Mint(byte[] key, string subject, string hunt, TimeSpan life, TimeProvider clock, params string[] roles)
    {
        if (subject.Length is 0 or > MaxSubjectLength) throw new ArgumentException($"A subject has 1 to {MaxSubjectLength} characters.", nameof(subject));
        if (hunt.Length == 0) throw new ArgumentException("Give the slug of a hunt, or * for all.", nameof(hunt));
        if (life <= TimeSpan.Zero) throw new ArgumentException("A token must live a while.", nameof(life));
        if (roles.Length == 0) throw new ArgumentException("A token needs a role.", nameof(roles));
        foreach (var role in roles)
        {
            if (!Role.All.Contains(role)) throw new ArgumentException($"'{role}' is no role; use {string.Join(", ", Role.All)}.", nameof(roles));
        }

        var now = clock.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            IssuedAt = now,
            Expires = now + life,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = subject,
                [HuntClaim] = hunt,
                [RolesClaim] = roles,
            },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        });
    }
}
