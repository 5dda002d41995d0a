using System.Buffers;
using System.Globalization;
using System.Text.Json;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Actions;

/// <summary>An action in the shape of the contract, from a sender who may send it.</summary>
public readonly record struct ReadAction(HuntAction Action, DateTimeOffset? OccurredAt);

/// <param name="IsArray">the sender wrote an array, so the answer is one</param>
public sealed record ReadActions(bool IsArray, IReadOnlyList<ReadAction> Actions);

/// <summary>What the reader must know beside the bytes.</summary>
/// <param name="Clock">the hunt's: occurredAt is for imported ones</param>
/// <param name="IdFromHeader">Idempotency-Key; a single action may then leave actionId out</param>
public readonly record struct ReadRules(Caller Caller, Clock Clock, DateTimeOffset Now, Guid? IdFromHeader);

/// <summary>
/// Reads one action or an array of up to 256 straight from bytes: strict, in one pass, and all that is wrong is said at
/// once with its field and the fix. Nothing is accepted by half. Pure.
/// </summary>
public sealed class ActionReader
{
    public const int MaxDepth = 16;

    private readonly ReadRules _rules;
    private readonly ActionErrors _errors = new();
    private readonly ActionValues _values = new();
    private readonly HashSet<Guid> _ids = [];

    private ActionReader(ReadRules rules) => _rules = rules;

    /// <returns>the actions, or what is wrong: 400, 403 or 413</returns>
    public static (ReadActions? Actions, Problem? Problem) Read(in ReadOnlySequence<byte> body, ReadRules rules)
    {
        if (body.Length > HuntAction.MaxRequestBytes) return (null, TooLarge(HuntAction.MaxRequestBytes));
        var reader = new ActionReader(rules);
        var options = new JsonReaderOptions { MaxDepth = MaxDepth };
        var json = body.IsSingleSegment ? new Utf8JsonReader(body.FirstSpan, options) : new Utf8JsonReader(body, options);
        try
        {
            var actions = reader.ReadAll(ref json);
            return reader._errors.Count == 0 ? (actions, null) : (null, reader._errors.ToProblem());
        }
        catch (JsonException e)
        {
            return (null, Malformed(e, tooDeep: e.Message.Contains("maximum configured depth", StringComparison.Ordinal))); // the reader says it in words only
        }
    }

    public static Problem TooLarge(int maxBytes) => Problem.Of(413, ProblemTypes.BodyTooLarge, "Body too large", "Nothing was accepted.",
        new FieldError("", $"The body is larger than {maxBytes / 1024} KiB.", "Split it over several requests."));

    private static Problem Malformed(JsonException e, bool tooDeep)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        return Problem.Of(400, ProblemTypes.BodyMalformed, "Malformed body", "Nothing was accepted.", tooDeep
            ? new FieldError("", $"The JSON is nested deeper than {MaxDepth} levels ({where}).", "An action is a flat object; send one, or an array of them.")
            : new FieldError("", $"The body is not well-formed JSON ({where}).", "Send one action object, or an array of them, as UTF-8 JSON."));
    }

    private ReadActions ReadAll(ref Utf8JsonReader json)
    {
        var actions = new List<ReadAction>();
        json.Read();
        var array = json.TokenType == JsonTokenType.StartArray;
        if (array)
        {
            ReadArray(ref json, actions);
        }
        else if (json.TokenType == JsonTokenType.StartObject)
        {
            ReadOne(ref json, -1, actions);
        }
        else
        {
            _errors.Add("", "The body is neither an object nor an array.", "Send one action object, or an array of them.");
        }
        json.Read(); // anything that follows is malformed, and throws
        return new ReadActions(array, actions);
    }

    private void ReadArray(ref Utf8JsonReader json, List<ReadAction> actions)
    {
        var index = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index < Envelope.MaxActions && json.TokenType == JsonTokenType.StartObject)
            {
                ReadOne(ref json, index, actions);
                continue;
            }
            if (index < Envelope.MaxActions) _errors.Add(index, "", "It is not an object.", "An action is an object such as {\"type\": \"TakeHint\", …}.");
            json.Skip();
        }
        if (index == 0) _errors.Add("", "The array is empty.", $"Send 1 to {Envelope.MaxActions} actions.");
        if (index > Envelope.MaxActions) _errors.Add("", $"There are {index} actions.", $"Send 1 to {Envelope.MaxActions} in one request.");
        if (_rules.IdFromHeader is not null)
            _errors.Add("Idempotency-Key", "The header names one action, the body is an array.", "Leave the header out and give each action its actionId.");
    }

    private void ReadOne(ref Utf8JsonReader json, int index, List<ReadAction> actions)
    {
        var before = _errors.Count;
        var unknown = ReadMembers(ref json, index);
        if (_values.IsBad(Field.Type)) return;
        if (_values[Field.Type] is not { } kind)
        {
            _errors.Add(index, "type", "It is missing.", $"Say what it is: {Kinds}.");
            return;
        }
        if (ActionShape.Find(kind) is not { } shape)
        {
            _errors.Add(index, "type", $"'{ActionChecks.Short(kind)}' is not an action.", kind == nameof(PublishHunt)
                ? "A definition is sent as PUT /hunts/{hunt}."
                : Meant(kind, ActionShape.All.Select(known => known.Kind)) ?? $"Use one of {Kinds}.");
            return;
        }
        foreach (var name in unknown)
        {
            if (!_errors.AreListed) break;
            _errors.Add(index, ActionChecks.Short(name), $"{kind} has no such field.", Meant(name, shape.Fields) ?? $"Leave it out. {kind} has {string.Join(", ", shape.Fields)}.");
        }
        ActionChecks.Check(shape, _values, _rules, index, _errors);
        var id = ActionChecks.Id(_values, _rules, index, _ids, _errors);
        var occurredAt = ActionChecks.OccurredAt(_values, index, _errors);
        if (_errors.Count == before) actions.Add(new ReadAction(shape.Make(id, _values), occurredAt));
    }

    /// <returns>names that no action has, counted as errors already as far as they are not returned</returns>
    private List<string> ReadMembers(ref Utf8JsonReader json, int index)
    {
        _values.Clear();
        List<string> unknown = [];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (ActionShape.FieldOf(in json) is not { } field)
            {
                if (unknown.Count < ActionErrors.MaxListed) unknown.Add(Text(ref json) ?? "?");
                json.Read();
                json.Skip();
                continue;
            }
            var name = ActionShape.NameOf(field);
            if (_values.IsGiven(field)) _errors.Add(index, name, "It is given twice.", "Give it once.");
            json.Read();
            if (json.TokenType == JsonTokenType.Null) continue;
            var text = json.TokenType == JsonTokenType.String ? Text(ref json) : null;
            if (text is null)
            {
                _errors.Add(index, name, json.TokenType == JsonTokenType.String ? "It is not valid Unicode text." : $"It is {Spoken(json.TokenType)}.", "It is a string.");
                _values.SetBad(field);
                json.Skip();
            }
            else
            {
                _values.Set(field, text);
            }
        }
        return unknown;
    }

    private static string? Text(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException) // bytes or escapes that are no Unicode text
        {
            return null;
        }
    }

    private static string Spoken(JsonTokenType token) => token switch
    {
        JsonTokenType.Number => "a number",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        _ => "true or false",
    };

    private static string Kinds => string.Join(", ", ActionShape.All.Select(shape => shape.Kind));

    private static string? Meant(string word, IEnumerable<string> known) =>
        Spelling.Suggest(word, known) is { Length: > 0 } meant ? meant.Trim() : null;
}
