using System.Globalization;
using System.Text;

namespace FileMonitor.Cli;

/// <summary>
/// Makes a text safe to show to a person. A file name may hold anything: escape sequences that repaint the screen, overrides that
/// make <c>exe.txt</c> of <c>txt.exe</c>, line breaks that forge an event.
/// </summary>
internal static class TerminalText
{
    /// <summary>Shows every character that would act, hide or break the line as <c>\x1b</c>, <c>\u202e</c> or <c>\U000e0041</c>.</summary>
    public static string Neutralise(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, at, out var rune))
            {
                AppendRune(shown, rune);
                at += rune.Utf16SequenceLength;
            }
            else
            {
                // Half a surrogate pair; from U+DC80 to U+DCFF it stands for a byte that is not UTF-8.
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at++]:x4}");
            }
        }

        return shown.ToString();
    }

    private static void AppendRune(StringBuilder shown, Rune rune)
    {
        if (!Acts(rune))
        {
            shown.Append(rune);
            return;
        }

        _ = rune.Value switch
        {
            <= 0xFF => shown.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
            <= 0xFFFF => shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
            _ => shown.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
        };
    }

    /// <summary>Whether a terminal would do something else with it than show it, or show nothing.</summary>
    internal static bool Acts(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,

        // Format: bidi marks and overrides, zero-width space, tags. The two joiners stay: Persian, Hindi and emoji are written with them.
        UnicodeCategory.Format => rune.Value is not (0x200C or 0x200D),
        _ => false,
    };
}
