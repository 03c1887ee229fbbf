using System.Globalization;
using System.Numerics;
using FileMonitor.Values;
using Microsoft.Extensions.Configuration;

namespace FileMonitor.Configuration;

/// <summary>
/// The keys that a section of a configuration may have, and what becomes of the value of each. Reads all of the section, whatever is wrong with it, and says everything that is. A binder
/// stops at the first mistake, takes a number for the value of an enumeration and 250 for a duration of 250 days.
/// </summary>
internal sealed class SectionKeys
{
    private readonly Dictionary<string, Action<IConfigurationSection, List<string>>> _keys = new(StringComparer.OrdinalIgnoreCase);

    // The sections below this one by their names, to find where a key belongs that stands in the wrong one.
    private readonly Dictionary<string, SectionKeys> _sections = [];

    /// <summary>Reads a section.</summary>
    /// <param name="section">The section, or a whole configuration.</param>
    /// <param name="errors">Gets a sentence for each mistake, with the path of the key, the value and the way out.</param>
    public void Read(IConfiguration section, List<string> errors)
    {
        foreach (var child in section.GetChildren())
        {
            if (_keys.TryGetValue(child.Key, out var read))
            {
                read(child, errors);
            }
            else
            {
                errors.Add($"{child.Path} is no option.{Question(child.Key)} There are {string.Join(", ", _keys.Keys)}.");
            }
        }
    }

    public SectionKeys Text(string key, Action<string> set) => Value(key, (text, _) => set(text));

    public SectionKeys Switch(string key, Action<bool> set) => Value(key, (text, refuse) =>
    {
        if (bool.TryParse(text, out var value))
        {
            set(value);
        }
        else
        {
            refuse("is neither true nor false.");
        }
    });

    public SectionKeys Number<T>(string key, Action<T> set)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => Value(key, (text, refuse) =>
    {
        if (T.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value))
        {
            set(value);
        }
        else
        {
            refuse(string.Create(CultureInfo.InvariantCulture, $"is no whole number up to {T.MaxValue:N0}; write its digits alone, such as 4096."));
        }
    });

    public SectionKeys Duration(string key, Action<TimeSpan> set) => Value(key, (text, refuse) =>
    {
        if (DurationText.TryRead(text, out var value))
        {
            set(value);
        }
        else
        {
            refuse($"is no duration: {DurationText.Form}.");
        }
    });

    /// <summary>A value of an enumeration, by its name; several with commas where it is a set.</summary>
    public SectionKeys Name<T>(string key, Action<T> set)
        where T : struct, Enum => Value(key, (text, refuse) =>
    {
        var names = Enum.GetNames<T>();
        var given = typeof(T).IsDefined(typeof(FlagsAttribute), inherit: false) ? text.Split(',', StringSplitOptions.TrimEntries) : [text.Trim()];
        if (Array.Find(given, one => !names.Contains(one, StringComparer.OrdinalIgnoreCase)) is { } wrong)
        {
            refuse($"is none of {string.Join(", ", names)}.{NearestName.Question(wrong, names)}");
        }
        else
        {
            set(Enum.Parse<T>(string.Join(',', given), ignoreCase: true));
        }
    });

    /// <summary>A list of texts.</summary>
    public SectionKeys List(string key, IList<string> list)
    {
        _keys.Add(key, (section, errors) =>
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                errors.Add($"{section.Path} ({section.Value}) is a list: write {section.Path}:0 for its first entry, in JSON [ \"{section.Value}\" ].");
                return;
            }

            foreach (var entry in section.GetChildren())
            {
                if (entry.GetChildren().Any())
                {
                    errors.Add($"{entry.Path} is an entry of a list of texts, and there is something below it: write one text there.");
                }
                else
                {
                    list.Add(entry.Value ?? "");
                }
            }
        });
        return this;
    }

    /// <summary>A section below this one.</summary>
    public SectionKeys Section(string key, SectionKeys keys)
    {
        _sections.Add(key, keys);
        _keys.Add(key, (section, errors) =>
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                errors.Add($"{section.Path} ({section.Value}) is a section and no value: there are {string.Join(", ", keys._keys.Keys)} below it.");
            }
            else
            {
                keys.Read(section, errors);
            }
        });
        return this;
    }

    /// <summary>A list of sections.</summary>
    /// <param name="key">The name of the list.</param>
    /// <param name="add">Adds an entry, and returns the keys of its section.</param>
    /// <param name="first">The key that every entry has.</param>
    public SectionKeys Sections(string key, Func<SectionKeys> add, string first)
    {
        _keys.Add(key, (section, errors) =>
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                errors.Add($"{section.Path} ({section.Value}) is a list of sections: write {section.Path}:0:{first}.");
            }

            foreach (var entry in section.GetChildren())
            {
                var keys = add();
                if (string.IsNullOrEmpty(entry.Value))
                {
                    keys.Read(entry, errors);
                    continue;
                }

                // Taken as it was meant, so that nothing else is said of the entry that only follows from this.
                keys._keys[first](entry, errors);
                var place = int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? entry.Path : $"{section.Path}:0";
                errors.Add($"{entry.Path} ({entry.Value}) is a section and no value: write {place}:{first}.");
            }
        });
        return this;
    }

    private SectionKeys Value(string key, Action<string, Action<string>> read)
    {
        _keys.Add(key, (section, errors) =>
        {
            if (section.GetChildren().Any())
            {
                errors.Add($"{section.Path} is a value, and there is something below it: write {section.Path} alone.");
            }
            else if (section.Value is { } text)
            {
                // Null is what JSON says for: as if it were left out.
                read(text, why => errors.Add($"{section.Path} ({text}) {why}"));
            }
        });
        return this;
    }

    /// <summary>The key that was probably meant: a near one, or the same in a section below this one.</summary>
    private string Question(string given)
    {
        var near = NearestName.Question(given, _keys.Keys);
        return near.Length > 0
            ? near
            : _sections.FirstOrDefault(section => section.Value._keys.ContainsKey(given)) is { Key: { } place } ? $" Did you mean `{place}:{given}`?" : "";
    }
}
