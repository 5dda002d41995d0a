using System.Text;
using System.Text.Json;
using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Ingress.Actions;

/// <summary>The members an action may have in JSON. All of them are strings.</summary>
public enum Field { Type, ActionId, Team, Name, Code, Treasure, Guess, Hint, OnBehalfOf, OccurredAt }

/// <summary>Who may send an action of a kind.</summary>
public enum Sender { Team, Organiser }

/// <summary>
/// What an action of a kind looks like: one row per kind, with the record it becomes. A test compares the rows with the
/// records of Contracts, so neither can gain a member alone.
/// </summary>
public sealed class ActionShape
{
    public const int MaxGuessLength = 500, MaxNameLength = 100, MaxCodeLength = 100;

    private readonly int _required;
    private readonly int _known;

    private ActionShape(string kind, Sender sender, Field[] required, Field[] optional, Func<Guid, ActionValues, HuntAction> make)
    {
        (Kind, Sender, Make) = (kind, sender, make);
        _required = Bits(required);
        _known = _required | Bits(optional) | Bits([Field.Type, Field.ActionId, Field.OccurredAt]);
        Fields = [.. FieldNames.Where((_, i) => Knows((Field)i))];
    }

    /// <summary>By <see cref="Field"/>.</summary>
    public static IReadOnlyList<string> FieldNames { get; } =
        ["type", "actionId", "team", "name", "code", "treasure", "guess", "hint", "onBehalfOf", "occurredAt"];

    private static readonly byte[][] FieldNamesUtf8 = [.. FieldNames.Select(Encoding.UTF8.GetBytes)];

    /// <summary>PublishHunt is not among them: a definition is larger and comes as PUT /hunts/{hunt}.</summary>
    public static IReadOnlyList<ActionShape> All { get; } =
    [
        new(nameof(RegisterTeam), Sender.Team, [Field.Team, Field.Name], [Field.Code],
            (id, v) => new RegisterTeam(v[Field.Team]!, v[Field.Name]!, v[Field.Code]) { ActionId = id }),
        new(nameof(JoinTeam), Sender.Team, [Field.Team, Field.Code], [],
            (id, v) => new JoinTeam(v[Field.Team]!, v[Field.Code]!) { ActionId = id }),
        new(nameof(SubmitAnswer), Sender.Team, [Field.Treasure, Field.Guess], [Field.OnBehalfOf],
            (id, v) => new SubmitAnswer(v[Field.Treasure]!, v[Field.Guess]!) { ActionId = id, OnBehalfOf = v[Field.OnBehalfOf] }),
        new(nameof(TakeHint), Sender.Team, [Field.Treasure, Field.Hint], [Field.OnBehalfOf],
            (id, v) => new TakeHint(v[Field.Treasure]!, v[Field.Hint]!) { ActionId = id, OnBehalfOf = v[Field.OnBehalfOf] }),
        Steering(nameof(OpenHunt), id => new OpenHunt { ActionId = id }),
        Steering(nameof(CloseHunt), id => new CloseHunt { ActionId = id }),
        Steering(nameof(PauseHunt), id => new PauseHunt { ActionId = id }),
        Steering(nameof(ResumeHunt), id => new ResumeHunt { ActionId = id }),
        Steering(nameof(FreezeBoard), id => new FreezeBoard { ActionId = id }),
        Steering(nameof(ThawBoard), id => new ThawBoard { ActionId = id }),
    ];

    public string Kind { get; }
    public Sender Sender { get; }

    /// <summary>Called with checked values only.</summary>
    public Func<Guid, ActionValues, HuntAction> Make { get; }

    /// <summary>Names of all fields it may have.</summary>
    public IReadOnlyList<string> Fields { get; }

    public bool Requires(Field field) => (_required & (1 << (int)field)) != 0;

    public bool Knows(Field field) => (_known & (1 << (int)field)) != 0;

    public static string NameOf(Field field) => FieldNames[(int)field];

    /// <param name="json">at a member's name</param>
    /// <returns>null: no action has it</returns>
    public static Field? FieldOf(in Utf8JsonReader json)
    {
        for (var i = 0; i < FieldNamesUtf8.Length; i++)
            if (json.ValueTextEquals(FieldNamesUtf8[i])) return (Field)i;
        return null;
    }

    public static ActionShape? Find(string kind)
    {
        foreach (var shape in All)
            if (shape.Kind == kind) return shape;
        return null;
    }

    private static ActionShape Steering(string kind, Func<Guid, HuntAction> make) => new(kind, Sender.Organiser, [], [], (id, _) => make(id));

    private static int Bits(Field[] fields)
    {
        var bits = 0;
        foreach (var field in fields) bits |= 1 << (int)field;
        return bits;
    }
}

/// <summary>What one action's JSON gave, by field. Used again for the next one.</summary>
public sealed class ActionValues
{
    private readonly string?[] _texts = new string?[ActionShape.FieldNames.Count];
    private int _bad;

    public string? this[Field field] => _texts[(int)field];

    /// <summary>It was there but is no text; that was said already.</summary>
    public bool IsBad(Field field) => (_bad & (1 << (int)field)) != 0;

    public bool IsGiven(Field field) => _texts[(int)field] is not null || IsBad(field);

    public void Set(Field field, string text) => _texts[(int)field] = text;

    public void SetBad(Field field) => _bad |= 1 << (int)field;

    public void Clear()
    {
        Array.Clear(_texts);
        _bad = 0;
    }
}
