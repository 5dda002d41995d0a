using System.Globalization;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Ingress.Actions;

/// <summary>What each field must hold, and who may give it. Pure.</summary>
internal static class ActionChecks
{
    private const string NewId = "Make a UUIDv7 from the present time when the player acts, such as 0193a6b2-7c4e-7d1a-9f60-3b1c5e8a2d47.";

    public static void Check(ActionShape shape, ActionValues values, in ReadRules rules, int index, ActionErrors errors)
    {
        for (var field = Field.Team; field <= Field.OccurredAt; field++)
        {
            if (values.IsBad(field)) continue;
            var (name, value) = (ActionShape.NameOf(field), values[field]);
            if (value is null)
            {
                if (shape.Requires(field)) errors.Add(index, name, "It is missing.", $"{shape.Kind} has {string.Join(", ", shape.Fields)}.");
            }
            else if (!shape.Knows(field))
            {
                errors.Add(index, name, $"{shape.Kind} has no such field.", $"Leave it out. {shape.Kind} has {string.Join(", ", shape.Fields)}.");
            }
            else if (Wrong(field, value) is var (message, fix))
            {
                errors.Add(index, name, message, fix);
            }
        }
        CheckSender(shape, values, rules, index, errors);
    }

    /// <returns>the action's id; meaningless when an error was added</returns>
    public static Guid Id(ActionValues values, in ReadRules rules, int index, HashSet<Guid> used, ActionErrors errors)
    {
        if (values.IsBad(Field.ActionId)) return default;
        if (values[Field.ActionId] is not { } text)
        {
            if (index < 0 && rules.IdFromHeader is { } fromHeader) return fromHeader;
            errors.Add(index, "actionId", "It is missing.", NewId);
            return default;
        }
        if (!Guid.TryParseExact(text, "D", out var id)) errors.Add(index, "actionId", $"'{Short(text)}' is not a UUID.", NewId);
        else if (WrongId(id, rules.Now) is { } wrong) errors.Add(index, "actionId", wrong, NewId);
        else if (index < 0 && rules.IdFromHeader is { } header && header != id) errors.Add(index, "actionId", "It differs from the header Idempotency-Key.", "Give one of them, or the same in both.");
        else if (!used.Add(id)) errors.Add(index, "actionId", "Another action of this array has the same id.", "Give each action an id of its own.");
        return id;
    }

    /// <returns>what is wrong with an action's id; null when it is good</returns>
    public static string? WrongId(Guid id, DateTimeOffset now) =>
        !ActionIds.IsVersion7(id) ? "It is a UUID, but not of version 7."
        : ActionIds.UnixMilliseconds(id) > (now + ActionIds.MaxAhead).ToUnixTimeMilliseconds()
            ? $"Its time is more than {ActionIds.MaxAhead.TotalMinutes} minutes ahead of the engine's clock."
        : null;

    public static DateTimeOffset? OccurredAt(ActionValues values, int index, ActionErrors errors)
    {
        if (values[Field.OccurredAt] is not { } text) return null;
        if (DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return at.ToUniversalTime();
        errors.Add(index, "occurredAt", $"'{Short(text)}' is not a time.", "Write it as 2026-12-01T18:00:00.000Z.");
        return null;
    }

    public static string Short(string text) => text.Length <= 64 ? text : text[..64] + "…";

    private static (string Message, string Fix)? Wrong(Field field, string value) => field switch
    {
        Field.Team or Field.Treasure or Field.Hint or Field.OnBehalfOf when !Slug.IsValid(value) =>
            ($"'{Short(value)}' is not an id.", $"An id is 1 to {Slug.MaxChars} characters of a-z, 0-9 and -."),
        Field.Name when value.Length > ActionShape.MaxNameLength =>
            ($"It has {value.Length} characters.", $"A name has at most {ActionShape.MaxNameLength}."),
        Field.Name when string.IsNullOrWhiteSpace(value) => ("It is blank.", "Give the team a name that can be seen."),
        Field.Name when value.Any(char.IsControl) => ("It holds control characters.", "Leave out line breaks, tabs and the like."),
        Field.Code when value.Length is 0 or > ActionShape.MaxCodeLength =>
            ($"It has {value.Length} characters.", $"A join code has 1 to {ActionShape.MaxCodeLength}."),
        Field.Guess when value.Length > ActionShape.MaxGuessLength =>
            ($"It has {value.Length} characters.", $"A guess has at most {ActionShape.MaxGuessLength}."),
        _ => null,
    };

    private static void CheckSender(ActionShape shape, ActionValues values, in ReadRules rules, int index, ActionErrors errors)
    {
        var caller = rules.Caller;
        if (shape.Sender == Sender.Organiser && !caller.IsOrganiser)
            errors.AddRole(index, "type", $"{shape.Kind} is for organisers.", $"Use a token with the role {Role.Organiser}.");
        if (shape.Sender == Sender.Team && !caller.IsPlayer && !caller.IsService)
            errors.AddRole(index, "type", $"{shape.Kind} is for teams.", $"Use a token with the role {Role.Player} or {Role.Service}.");

        if (values.IsGiven(Field.OnBehalfOf) && !caller.IsService)
            errors.AddRole(index, "onBehalfOf", "Only services act for others.", "Leave it out: a player acts for the team they joined.");
        if (!values.IsGiven(Field.OnBehalfOf) && shape.Knows(Field.OnBehalfOf) && caller is { IsService: true, IsPlayer: false })
            errors.Add(index, "onBehalfOf", "It is missing.", "A service names the team it acts for.");

        if (!values.IsGiven(Field.OccurredAt)) return;
        if (!caller.IsService)
            errors.AddRole(index, "occurredAt", "Only services say when something happened.", "Leave it out: the engine takes the time.");
        else if (rules.Clock != Clock.Imported)
            errors.Add(index, "occurredAt", "This hunt runs by the wall clock.", "Leave it out, or import into a hunt with clock: imported.");
    }
}
