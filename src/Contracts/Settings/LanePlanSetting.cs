using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Contracts.Settings;

/// <summary>Who should own which lane; see <see cref="LanePlan"/>.</summary>
public sealed record LanePlanSetting : Setting<LanePlan>
{
    public override string Type => "lane plan";
    public override string Range => "none, or each processor with its lanes, such as processor-1:0,2 processor-2:1,3";
    public override int MaxLength => LanePlan.MaxCharacters;
    internal override LanePlan Read(SettingValue canonical) => LanePlan.TryParse(canonical.Text, out var plan) ? plan : LanePlan.None;
    private protected override SettingValue? Canonical(string text) => LanePlan.TryParse(text, out var plan) ? SettingValue.Of(plan.ToString()) : null;
    private protected override SettingValue NearestTo(string text) => Default;
}
