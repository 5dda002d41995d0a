using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TreasureHunt.ServiceDefaults.Memory;

namespace TreasureHunt.ServiceDefaults.Auth;

/// <summary>
/// Checks bearer tokens, for HTTP and for AMQP. A token that passed is remembered until it expires, so that its signature is
/// computed once. Thread-safe.
/// </summary>
public sealed class TokenValidator(byte[] key, TimeProvider clock)
{
    /// <summary>Tokens remembered per generation; two generations live at once.</summary>
    public const int MaxRememberedPerGeneration = 20_000;

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 4096 };
    private readonly TokenValidationParameters _rules = new()
    {
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        IssuerSigningKey = new SymmetricSecurityKey(key),
        ValidIssuer = Tokens.Issuer,
        ValidateAudience = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (_, expires, _, _) => expires is { } end && clock.GetUtcNow().UtcDateTime < end,
    };

    private readonly TwoGenerations<string, Caller> _good = new(MaxRememberedPerGeneration, StringComparer.Ordinal);

    /// <summary>Who the token speaks for; or why it is not good, as a sentence for its sender.</summary>
    public ValueTask<(Caller? Caller, string? Why)> CheckAsync(string token) =>
        Remembered(token) is { } known ? ValueTask.FromResult<(Caller?, string?)>((known, null)) : ValidateAsync(token);

    private static string Why(Exception? cause) => cause switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException => "The token has expired. Get a new one.",
        SecurityTokenInvalidAlgorithmException => "The token is not signed with HS256.",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "The token's signature does not fit: it was not made for this engine.",
        SecurityTokenInvalidIssuerException => $"The token's issuer is not '{Tokens.Issuer}'.",
        ClaimMissingException missing => missing.Message,
        _ => "The token is not a JWT this engine can read.",
    };

    private Caller? Remembered(string token)
    {
        if (!_good.TryGet(token, out var known)) return null;
        if (known.Expires > clock.GetUtcNow()) return known;
        _good.Remove(token);
        return null;
    }

    private async ValueTask<(Caller?, string?)> ValidateAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, _rules);
        if (!result.IsValid) return (null, Why(result.Exception));
        try
        {
            var caller = CallerOf((JsonWebToken)result.SecurityToken);
            _good.Set(token, caller);
            return (caller, null);
        }
        catch (ClaimMissingException missing)
        {
            return (null, Why(missing));
        }
    }

    private static Caller CallerOf(JsonWebToken token)
    {
        if (token.Subject is not { Length: > 0 and <= Tokens.MaxSubjectLength } subject)
            throw new ClaimMissingException($"The token needs the claim 'sub' with 1 to {Tokens.MaxSubjectLength} characters.");
        if (!token.TryGetPayloadValue<string>(Tokens.HuntClaim, out var hunt) || hunt.Length == 0)
            throw new ClaimMissingException("The token needs the claim 'hunt': a hunt's slug, or *.");
        if (!token.TryGetPayloadValue<string[]>(Tokens.RolesClaim, out var roles) || roles.Length == 0)
            throw new ClaimMissingException($"The token needs the claim 'roles': an array of {string.Join(", ", Role.All)}.");
        var expires = new DateTimeOffset(DateTime.SpecifyKind(token.ValidTo, DateTimeKind.Utc));
        return new Caller(subject, hunt, roles, expires);
    }

    private sealed class ClaimMissingException(string message) : SecurityTokenException(message);
}
