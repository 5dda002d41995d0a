using System.Text;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>The schema as a page for people: docs/settings.md, held equal to it by a test.</summary>
public static class SettingsDocument
{
    /// <summary>All settings for a command's help, a line each.</summary>
    public static IEnumerable<string> Keys()
    {
        yield return "Settings, with their defaults (./hunt settings get KEY explains one):";
        var width = SettingsSchema.All.Max(setting => Assignment(setting).Length);
        foreach (var setting in SettingsSchema.All)
            yield return $"  {Assignment(setting).PadRight(width)}  {setting.Range}{(setting.Dangerous ? "; dangerous" : "")}{(setting.FleetOnly ? "; for the whole fleet" : "")}";

        static string Assignment(Setting setting) => $"{setting.Key}={setting.Default}";
    }

    public static string Markdown()
    {
        var page = new StringBuilder();
        page.AppendLine("# Settings").AppendLine();
        page.AppendLine("Made from the schema: `./hunt settings describe > docs/settings.md`. All of them change while the engine runs; who changed what, when and why stays in the history.");
        page.AppendLine("A value holds for the whole fleet, or with `KEY@service:NAME`, `KEY@group:NAME` or `KEY@instance:NAME` for a part of it; the narrowest wins. A few are for the whole fleet only, and say so.").AppendLine();
        page.AppendLine("| setting | default | acceptable |").AppendLine("|---|---|---|");
        foreach (var setting in SettingsSchema.All) page.AppendLine($"| [`{setting.Key}`](#{Anchor(setting)}) | {setting.Default} | {setting.Range} |");
        foreach (var setting in SettingsSchema.All)
        {
            page.AppendLine().AppendLine($"## {setting.Key}").AppendLine();
            page.AppendLine($"{setting.Summary}{(setting.Dangerous ? " **Dangerous: a wrong value can stop or flood the engine.**" : "")}").AppendLine();
            page.AppendLine($"- Default {setting.Default}; acceptable: {setting.Range}.{(setting.FleetOnly ? " For the whole fleet only." : "")}");
            page.AppendLine($"- Cost: {setting.Cost}");
            page.AppendLine($"- Shown by the metric `{setting.Metric}`.");
            page.AppendLine($"- Comes into force {SettingsReport.Words(setting.Apply)}.");
            page.AppendLine($"- `./hunt settings set {setting.Key}={setting.Default} --why \"…\"`");
        }
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Anchor(Setting setting) => setting.Key.Replace(".", "", StringComparison.Ordinal).ToLowerInvariant();
}
