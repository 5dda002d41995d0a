using System.Globalization;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Http;

/// <summary>The headers of our contract.</summary>
internal static class RequestHeaders
{
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>How long If-Hunt-Version waits.</summary>
    public static readonly TimeSpan MaxVersionWait = TimeSpan.FromSeconds(5);

    /// <summary>Prefer: wait=N (RFC 7240), N whole seconds, at most <see cref="MaxWait"/>. A preference we do not understand is no error.</summary>
    public static TimeSpan? Wait(HttpRequest request)
    {
        foreach (var line in request.Headers["Prefer"])
        {
            foreach (var part in (line ?? "").Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!part.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)) continue;
                if (!int.TryParse(part.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) continue;
                var wait = TimeSpan.FromSeconds(seconds);
                return wait < MaxWait ? wait : MaxWait;
            }
        }
        return null;
    }

    /// <summary>If-Hunt-Version: n, also written ">=n": wait until the view reflects it.</summary>
    public static (long? Version, Problem? Problem) IfHuntVersion(HttpRequest request)
    {
        var header = request.Headers["If-Hunt-Version"];
        if (header.Count == 0) return (null, null);
        var text = header.ToString();
        if (text.StartsWith(">=", StringComparison.Ordinal)) text = text[2..].TrimStart();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? (version, null)
            : (null, Problem.Of(400, ProblemTypes.HeaderInvalid, "Invalid header", "The header could not be read.",
                new FieldError("If-Hunt-Version", "It is not a whole number.", "Send the Hunt-Version of an earlier answer.")));
    }

    /// <summary>Idempotency-Key: the UUIDv7 of the one action; with or without the quotes of a structured field.</summary>
    public static (Guid? Id, Problem? Problem) IdempotencyKey(HttpRequest request, DateTimeOffset now)
    {
        var header = request.Headers["Idempotency-Key"];
        if (header.Count == 0) return (null, null);
        var text = header.ToString().Trim('"');
        var wrong = Guid.TryParseExact(text, "D", out var id) ? ActionChecks.WrongId(id, now) : "It is not a UUID.";
        return wrong is null ? (id, null) : (null, Problem.Of(400, ProblemTypes.HeaderInvalid, "Invalid header", "Nothing was accepted.",
            new FieldError("Idempotency-Key", wrong, "Send the action's UUIDv7, made from the present time, or leave the header out.")));
    }
}
