using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Actions;

/// <summary>All that is wrong with the actions of one request. Made and used by one thread.</summary>
public sealed class ActionErrors
{
    public const int MaxListed = 20;

    private readonly List<FieldError> _listed = [];
    private bool _roleMissing;

    /// <summary>Also those that are not listed any more.</summary>
    public int Count { get; private set; }

    public bool AreListed => Count < MaxListed;

    /// <param name="index">of the action in the array; negative when there is no array</param>
    public void Add(int index, string field, string message, string fix) =>
        Add(index < 0 ? field : field.Length == 0 ? $"[{index}]" : $"[{index}].{field}", message, fix);

    public void Add(string field, string message, string fix)
    {
        if (AreListed) _listed.Add(new FieldError(field, message, fix));
        Count++;
    }

    /// <summary>The field is for senders of another role.</summary>
    public void AddRole(int index, string field, string message, string fix)
    {
        _roleMissing = true;
        Add(index, field, message, fix);
    }

    public Problem ToProblem()
    {
        var detail = Count == _listed.Count
            ? "Nothing was accepted."
            : $"Nothing was accepted. The first {MaxListed} of {Count} errors are listed.";
        return _roleMissing
            ? Problem.Of(403, ProblemTypes.RoleMissing, "Role missing", detail, [.. _listed])
            : Problem.Of(400, ProblemTypes.BodyInvalid, "Invalid action", detail, [.. _listed]);
    }
}
