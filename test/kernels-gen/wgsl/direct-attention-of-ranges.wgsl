@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<i32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read> arg4: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(6) var<uniform> params: Params;
var<workgroup> handed_p: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 2 * 2) { return; }
 let i_1 = i32(u32(group) / 2u);
 let m = group - i_1 * 2;
 let i_2 = i32(u32(i_1) / 2u);
 let key_head = i_1 - i_2 * 2;
 let row = lane >> 3;
 let place = lane & 7;
 let i_3 = row + 8 * i_2;
 let i_4 = min(i_3, tokens - 1);
 let i_5 = 2 * key_head + m;
 var sum_0 = 0.0f;
 var sum_1 = 0.0f;
 let i_6 = 8 * i_2;
 let i_8 = 2 * min(i_6, tokens - 1);
 let i_9 = arg2[i_8];
 let i_11 = select(40, select(i_9, 0, i_9 < 0), i_9 < 40);
 let i_12 = arg2[i_8 + 1];
 let i_14 = select(select(40, i_12 + 1, i_12 < 40), 0, i_12 < 0);
 let i_16 = 2 * min(i_6 + 1, tokens - 1);
 let i_17 = arg2[i_16];
 let i_19 = select(i_11, select(i_17, 0, i_17 < 0), i_17 < i_11);
 let i_20 = arg2[i_16 + 1];
 let i_22 = select(select(40, i_20 + 1, i_20 < 40), i_14, i_20 < i_14);
 let i_24 = 2 * min(i_6 + 2, tokens - 1);
 let i_25 = arg2[i_24];
 let i_27 = select(i_19, select(i_25, 0, i_25 < 0), i_25 < i_19);
 let i_28 = arg2[i_24 + 1];
 let i_30 = select(select(40, i_28 + 1, i_28 < 40), i_22, i_28 < i_22);
 let i_32 = 2 * min(i_6 + 3, tokens - 1);
 let i_33 = arg2[i_32];
 let i_35 = select(i_27, select(i_33, 0, i_33 < 0), i_33 < i_27);
 let i_36 = arg2[i_32 + 1];
 let i_38 = select(select(40, i_36 + 1, i_36 < 40), i_30, i_36 < i_30);
 let i_40 = 2 * min(i_6 + 4, tokens - 1);
 let i_41 = arg2[i_40];
 let i_43 = select(i_35, select(i_41, 0, i_41 < 0), i_41 < i_35);
 let i_44 = arg2[i_40 + 1];
 let i_46 = select(select(40, i_44 + 1, i_44 < 40), i_38, i_44 < i_38);
 let i_48 = 2 * min(i_6 + 5, tokens - 1);
 let i_49 = arg2[i_48];
 let i_51 = select(i_43, select(i_49, 0, i_49 < 0), i_49 < i_43);
 let i_52 = arg2[i_48 + 1];
 let i_54 = select(select(40, i_52 + 1, i_52 < 40), i_46, i_52 < i_46);
 let i_56 = 2 * min(i_6 + 6, tokens - 1);
 let i_57 = arg2[i_56];
 let i_59 = select(i_51, select(i_57, 0, i_57 < 0), i_57 < i_51);
 let i_60 = arg2[i_56 + 1];
 let i_62 = select(select(40, i_60 + 1, i_60 < 40), i_54, i_60 < i_54);
 let i_64 = 2 * min(i_6 + 7, tokens - 1);
 let i_65 = arg2[i_64];
 let i_68 = arg2[i_64 + 1];
 let i_71 = select(i_59, select(i_65, 0, i_65 < 0), i_65 < i_59) >> 3;
 let i_72 = (select(select(40, i_68 + 1, i_68 < 40), i_62, i_68 < i_62) + 7) >> 3;
 let i_86 = 2 * i_4;
 let i_87 = arg2[i_86];
 let i_88 = arg2[i_86 + 1];
 let f_90 = arg4[i_5 + 4 * i_4];
 let i_92 = place + 8 * row;
 for (var block = i_71; block < i_72; block += 1) {
  let i_73 = 8 * block + place;
  var s = 0.0f;
  let i_74 = 16 * i_5 + 64 * i_4;
  let i_77 = 32 * i_73 + 16 * key_head;
  for (var c_step = 0; c_step < 4 + (group >> 31); c_step += 1) {
   let i_75 = i_74 + 4 * c_step;
   let i_78 = i_77 + 4 * c_step;
   s += arg0[i_75] * arg1[i_78];
   s += arg0[i_75 + 1] * arg1[i_78 + 1];
   s += arg0[i_75 + 2] * arg1[i_78 + 2];
   s += arg0[i_75 + 3] * arg1[i_78 + 3];
  }
  let p = select(0.0f, exp(((s * 0.25f) - f_90)), (!(i_73 < i_87)) && (!(i_88 < i_73)));
  handed_p[i_92] = p;
  workgroupBarrier();
  let i_93 = 8 * block;
  let i_95 = 8 * row;
  let i_97 = 16 * key_head + place;
  for (var u = 0; u < 8 + (group >> 31); u += 1) {
   let left = handed_p[i_95 + u];
   let i_98 = i_97 + 32 * (i_93 + u);
   sum_0 += left * arg3[i_98];
   sum_1 += left * arg3[i_98 + 8];
  }
  workgroupBarrier();
 }
 let i_101 = 16 * i_5 + 64 * i_4 + place;
 if (i_3 < tokens) {
  out[i_101] = sum_0;
  out[i_101 + 8] = sum_1;
 }
}
