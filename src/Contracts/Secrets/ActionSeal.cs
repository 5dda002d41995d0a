using System.Text.Json;
using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Contracts.Secrets;

/// <summary>What the ingress does to an action before it leaves its memory (decision 8).</summary>
public static class ActionSeal
{
    /// <summary>
    /// The action as it may travel and be stored: guesses, answers and near misses sealed, join codes replaced by keyed
    /// hashes that are only ever compared.
    /// </summary>
    public static HuntAction Close(HuntAction action, string hunt, Seal seal) => action switch
    {
        SubmitAnswer submit => submit with { Guess = seal.Close(submit.Guess) },
        RegisterTeam { Code: { } code } register => register with { Code = CodeMac(hunt, register.Team, code, seal) },
        JoinTeam join => join with { Code = CodeMac(hunt, join.Team, join.Code, seal) },
        PublishHunt publish => publish with { Definition = DefinitionSeal.Close(publish.Definition, seal) },
        _ => action,
    };

    /// <summary>
    /// Keyed hash of the plain action: its JSON as <see cref="Wire"/> writes it, so that the order of members and blanks
    /// in what the client sent do not matter. The same action id with another fingerprint is a conflict.
    /// </summary>
    public static string Fingerprint(HuntAction plain, Seal seal) =>
        seal.Mac(JsonSerializer.SerializeToUtf8Bytes(plain, Wire.Default.HuntAction));

    private static string CodeMac(string hunt, string team, string code, Seal seal) => seal.Mac($"{hunt}/{team}/code", code);
}
