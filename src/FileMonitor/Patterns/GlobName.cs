using System.Text;
using FileMonitor.Values;

namespace FileMonitor.Patterns;

/// <summary>
/// A glob over one name: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c>. It compares code points, so <c>?</c> matches one emoji, and a byte
/// that is not UTF-8 (see <see cref="PathText"/>) counts as one character.
/// </summary>
internal sealed class GlobName
{
    public static readonly GlobName Any = new([new Element(ElementKind.Run)], ignoreCase: false);

    private readonly Element[] _elements;
    private readonly bool _ignoreCase;

    private GlobName(Element[] elements, bool ignoreCase)
    {
        _elements = elements;
        _ignoreCase = ignoreCase;
    }

    private enum ElementKind
    {
        Character,
        AnyCharacter,
        Run,
        OneOf,
        NoneOf,
    }

    /// <returns>Null when the text is invalid; <paramref name="reason"/> then completes a sentence that begins with the pattern.</returns>
    public static GlobName? Parse(ReadOnlySpan<char> text, bool ignoreCase, out string? reason)
    {
        reason = text switch
        {
            "" => "has an empty name between two /: remove one",
            "." or ".." => "has a name . or ..: patterns begin at the root and do not leave it",
            _ when text.Contains('\0') => "contains a NUL, which no name does: remove it",
            _ => null,
        };

        var elements = new List<Element>();
        for (var i = 0; i < text.Length && reason is null;)
        {
            i += ParseElement(text[i..], ignoreCase, elements, ref reason);
        }

        return reason is null ? new GlobName([.. elements], ignoreCase) : null;
    }

    /// <summary>
    /// The position of the <c>]</c> that closes the <c>[</c> at <paramref name="open"/>; -1 when there is none. The first character is never the
    /// end: <c>[]]</c>.
    /// </summary>
    public static int EndOfClass(ReadOnlySpan<char> text, int open)
    {
        var first = open + 1;
        first += first < text.Length && text[first] is '!' or '^' ? 1 : 0;
        if (first >= text.Length)
        {
            return -1;
        }

        var length = text[(first + 1)..].IndexOf(']');
        return length < 0 ? -1 : first + 1 + length;
    }

    public bool IsMatch(ReadOnlySpan<char> name)
    {
        var at = 0;
        var element = 0;
        var elementAfterRun = -1;
        var atAfterRun = 0;
        while (at < name.Length)
        {
            var character = CharacterAt(name, at, out var width);
            if (element < _elements.Length && _elements[element].Kind == ElementKind.Run)
            {
                elementAfterRun = ++element;
                atAfterRun = at;
            }
            else if (element < _elements.Length && Accepts(in _elements[element], character))
            {
                element++;
                at += width;
            }
            else if (elementAfterRun >= 0)
            {
                // Only the last * has to match one more character. So "*a*a*a*b" does not try every way to divide a name full of a.
                CharacterAt(name, atAfterRun, out var skipped);
                at = atAfterRun += skipped;
                element = elementAfterRun;
            }
            else
            {
                return false;
            }
        }

        while (element < _elements.Length && _elements[element].Kind == ElementKind.Run)
        {
            element++;
        }

        return element == _elements.Length;
    }

    private static int ParseElement(ReadOnlySpan<char> text, bool ignoreCase, List<Element> elements, ref string? reason)
    {
        switch (text[0])
        {
            case '*':
                if (elements.Count == 0 || elements[^1].Kind != ElementKind.Run)
                {
                    elements.Add(new Element(ElementKind.Run));
                }

                return 1;
            case '?':
                elements.Add(new Element(ElementKind.AnyCharacter));
                return 1;
            case '[':
                var end = EndOfClass(text, 0);
                reason = end < 0 ? "has a [ without its ]: write [[] for the character itself" : ParseClass(text[1..end], elements);
                return end + 1;
            default:
                var character = CharacterAt(text, 0, out var width);
                elements.Add(new Element(ElementKind.Character, ignoreCase ? Upper(character) : character));
                return width;
        }
    }

    private static string? ParseClass(ReadOnlySpan<char> text, List<Element> elements)
    {
        var kind = text[0] is '!' or '^' ? ElementKind.NoneOf : ElementKind.OneOf;
        text = kind == ElementKind.NoneOf ? text[1..] : text;

        var ranges = new List<(int First, int Last)>();
        for (var i = 0; i < text.Length;)
        {
            var first = CharacterAt(text, i, out var width);
            i += width;
            var last = first;
            if (i + 1 < text.Length && text[i] == '-')
            {
                last = CharacterAt(text, i + 1, out width);
                i += 1 + width;
            }

            if (last < first)
            {
                return "has a range in [] that ends before it begins: turn it round";
            }

            ranges.Add((first, last));
        }

        elements.Add(new Element(kind, Ranges: [.. ranges]));
        return null;
    }

    private bool Accepts(in Element element, int character) => element.Kind switch
    {
        ElementKind.Character => element.Character == (_ignoreCase ? Upper(character) : character),
        ElementKind.OneOf => Contains(element.Ranges!, character),
        ElementKind.NoneOf => !Contains(element.Ranges!, character),
        _ => true,
    };

    private bool Contains((int First, int Last)[] ranges, int character)
    {
        var upper = _ignoreCase ? Upper(character) : character;
        var lower = _ignoreCase ? Lower(character) : character;
        foreach (var (first, last) in ranges)
        {
            if ((character >= first && character <= last) || (upper >= first && upper <= last) || (lower >= first && lower <= last))
            {
                return true;
            }
        }

        return false;
    }

    private static int CharacterAt(ReadOnlySpan<char> text, int index, out int width)
    {
        var isPair = char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
        width = isPair ? 2 : 1;
        return isPair ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];
    }

    private static int Upper(int character) => Rune.IsValid(character) ? Rune.ToUpperInvariant(new Rune(character)).Value : character;

    private static int Lower(int character) => Rune.IsValid(character) ? Rune.ToLowerInvariant(new Rune(character)).Value : character;

    private readonly record struct Element(ElementKind Kind, int Character = 0, (int First, int Last)[]? Ranges = null);
}
